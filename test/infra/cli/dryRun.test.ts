import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

const logs = temporary()
const maps = temporary()

const cowrie = (sensor: string, day: number) => ({
  eventid: "cowrie.login.failed",
  username: "root",
  password: "orchid-9",
  sensor,
  timestamp: `2026-03-0${day}T10:00:00.000000Z`,
  src_ip: "203.0.113.4",
  session: `aa0000000${day}00`.slice(0, 12),
  protocol: "ssh",
})

const decnet = (host: string, day: number): string =>
  `<134>1 2026-03-0${day}T00:05:09.153747+00:00 ${host} ftp - auth [relay@55555 src="198.18.13.54" username="root" secret_b64="b3JjaGlkLTk=" secret_printable="orchid-9" secret_kind="plaintext"]\n`

// T-Pot's directories, of two installations; the names are those of containers.
const tpot = (host: string): string => join(logs, "tpots", host, "cowrie", "log", "cowrie.json")
writeLines(tpot("tpot-01"), [cowrie("3f2a9c0d1e4b", 1), cowrie("3f2a9c0d1e4b", 2)])
writeLines(tpot("tpot-02"), [cowrie("77aa9c0d1e4b", 3)])
// Cowrie in Docker, a directory of logs for each host.
writeLines(join(logs, "docker", "edge-01", "cowrie.json"), [cowrie("9b1c2d3e4f50", 1)])
writeLines(join(logs, "docker", "edge-02", "cowrie.json"), [cowrie("a0b1c2d3e4f5", 2)])
// One file of DECNET's for all its deckies.
const relay = writeLines(join(logs, "relay", "decnet.log"), [])
writeFileSync(relay, decnet("web-01", 1) + decnet("mail-01", 2) + decnet("mail-01", 3))
// One host whose log has two names for it.
writeLines(join(logs, "one", "opencanary.log"), [
  canaryLogin({ decky: "gate-old" }, 1),
  canaryLogin({ decky: "gate-new" }, 2),
])

const deckies = async (...args: ReadonlyArray<string>) => {
  const preview = await answer("ingest", ...args, "--dry-run", "--data", join(logs, "none"))
  return preview.deckies.map(({ decky, captures }: { decky: string; captures: number }) => [
    decky,
    captures,
  ])
}

const warnings = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { stderr } = await credtrail("ingest", ...args, "--dry-run", "--data", join(logs, "none"))
  return stderr
}

describe("credtrail ingest --dry-run", () => {
  it.each([
    ["T-Pot, several installations", "tpots", "{dir:3}", ["tpot-01", 2], ["tpot-02", 1]],
    ["T-Pot by an expression", "tpots", "re:/(tpot-[^/]+)/", ["tpot-01", 2], ["tpot-02", 1]],
    ["Cowrie in Docker", "docker", "{dir}", ["edge-01", 1], ["edge-02", 1]],
    ["DECNET, one file of many deckies", "relay", "{dir}", ["mail-01", 2], ["web-01", 1]],
  ])("names each host by the form that the docs give: %s", async (_, path, rule, ...expected) => {
    expect(await deckies(join(logs, path), "--decky", rule)).toEqual(expected)
    expect(await warnings(join(logs, path), "--decky", rule)).not.toContain("become")
  })

  it("writes nothing, not even a directory", async () => {
    const { code, stdout } = await credtrail(
      ...["ingest", relay, "--dry-run", "--data", join(logs, "none")],
    )
    expect(code).toBe(0)
    expect(stdout).toContain("nothing was written")
    expect(existsSync(join(logs, "none"))).toBe(false)
  })

  it("says which attempts an ingest by the same rules then has on which decky", async () => {
    const data = join(logs, "data")
    const summary = await answer("ingest", logs, "--decky", "{dir}", "--data", data)
    const previewed = await deckies(logs, "--decky", "{dir}")
    const sum = previewed.reduce(
      (total: number, [, captures]: [string, number]) => total + captures,
      0,
    )
    expect(sum).toBe(summary.captures)
  })

  it("warns when several hosts become one, and says what keeps them apart", async () => {
    expect(await warnings(join(logs, "tpots"), "--decky", "{dir}")).toMatch(
      /2 different places .* become the one decky "log": .* --decky '\{dir:3\}'/u,
    )
    expect(await warnings(relay, "--decky", "all")).toContain(
      '2 hosts named in the logs (web-01, mail-01) become the one decky "all"',
    )
  })

  it("warns when one host becomes several, which a map puts right", async () => {
    const log = join(logs, "one")
    expect(await warnings(log)).toContain("become 2 deckies (gate-old, gate-new)")
    const map = join(maps, "deckies.json")
    writeFileSync(map, JSON.stringify({ logged: { "gate-old": "gate", "gate-new": "gate" } }))
    expect(await deckies(log, "--deckies", map)).toEqual([["gate", 2]])
    expect(await warnings(log, "--deckies", map)).toBe("")
  })

  it("refuses standard input, and a map that says something else", async () => {
    const stdin = await credtrail("ingest", "-", "--dry-run")
    expect([stdin.code, stdin.stderr]).toEqual([
      2,
      expect.stringContaining("a dry run cannot read standard input"),
    ])
    const map = join(maps, "wrong.json")
    writeFileSync(map, '{"path": {}}')
    const refused = await credtrail("ingest", relay, "--deckies", map, "--dry-run")
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("wrong.json")])
    const both = await credtrail("ingest", relay, "--deckies", map, "--decky", "all", "--dry-run")
    expect(both.code).toBe(2)
  })
})
