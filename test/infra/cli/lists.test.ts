import { readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { sha256Hex } from "../../../src/domain/event/digest.ts"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretDigest } from "../../../src/domain/secret/secretDigest.ts"
import { answer, credtrail, ingestFleet, temporary } from "./credtrail.ts"

const data = join(temporary(), "data")
beforeAll(() => ingestFleet(data))

const said = (...args: ReadonlyArray<string>) => credtrail(...args, "--data", data)
const asked = (...args: ReadonlyArray<string>) => answer(...args, "--data", data)
const all = ["--limit", "1000"]

interface Finding {
  readonly id: string
  readonly principal: string
  readonly secret: { readonly kind: string; readonly digest: string }
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
  readonly firstSeen: string
  readonly lastSeen: string
}

const findings = async (...args: ReadonlyArray<string>): Promise<ReadonlyArray<Finding>> =>
  (await asked("findings", ...all, ...args)).findings

const ids = (found: ReadonlyArray<Finding>): ReadonlyArray<string> => found.map(({ id }) => id)

const { index } = JSON.parse(readFileSync(String(process.env.CREDTRAIL_KEY_FILE), "utf8"))

/** The digest of a password under the keys that tests run with. */
const digestOf = (password: string): string =>
  secretDigest(Buffer.from(index, "base64"), plaintext, Buffer.from(password))

describe("credtrail findings", () => {
  it.each([
    ["targets", (finding: Finding): number | string => finding.targetCount],
    ["attackers", (finding: Finding): number | string => finding.attackerCount],
    ["last-seen", (finding: Finding): number | string => finding.lastSeen],
  ])("puts the most %s first", async (sort, of) => {
    const values = (await findings("--sort", sort)).map(of)
    expect(values.length).toBe(135)
    for (const [index, value] of values.entries()) {
      expect(index === 0 || value <= (values[index - 1] ?? value)).toBe(true)
    }
  })

  it("is cut into pages that neither repeat nor skip, and says so in the last line", async () => {
    const paged: Array<string> = []
    for (let offset = 0; offset < 135; offset += 50) {
      const page = await asked("findings", "--limit", "50", "--offset", String(offset))
      expect(page.total).toBe(135)
      paged.push(...ids(page.findings))
    }
    expect(paged).toEqual(ids(await findings()))
    const table = await said("findings", "--limit", "50", "--offset", "100")
    expect(table.stdout).toMatch(/\n\n101-135 of 135\n$/)
    const beyond = await said("findings", "--offset", "1000")
    expect(beyond.stdout).toMatch(/none of 135\n$/)
    expect(beyond.code).toBe(0)
  })

  it("shows as a table what it shows as JSON", async () => {
    const { findings: page } = await asked("findings", "--limit", "5")
    const rows = (await said("findings", "--limit", "5")).stdout.split("\n").slice(1, 6)
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(ids(page).map((id) => id.slice(0, 8)))
  })

  it("can be narrowed by each of its flags", async () => {
    const every = await findings()
    const [first] = every
    if (first === undefined) throw new Error("the fleet has findings")
    const { secret, principal } = first
    const digest = secret.digest
    const [{ ip }] = (await asked("findings", "show", first.id)).attackers
    const narrowed: ReadonlyArray<readonly [ReadonlyArray<string>, (f: Finding) => boolean]> = [
      [["--principal", principal], (f) => f.principal === principal],
      [["--secret", digest], (f) => f.secret.digest === digest],
      [["--secret", digest.slice(0, 8).toUpperCase()], (f) => f.secret.digest === digest],
      [["--password", "123456"], (f) => f.secret.digest === digestOf("123456")],
      [
        ["--sha256", sha256Hex(Buffer.from("123456"))],
        (f) => f.secret.digest === digestOf("123456"),
      ],
      [["--secret-kind", "plaintext"], (f) => f.secret.kind === "plaintext"],
      [["--min-targets", "4"], (f) => f.targetCount >= 4],
      [["--min-attackers", "10"], (f) => f.attackerCount >= 10],
      [["--since", "2026-03-06"], (f) => f.lastSeen >= "2026-03-06"],
      [["--until", "2026-03-02"], (f) => f.firstSeen < "2026-03-03"],
      [["--since", "2026-03-05T13:00+01:00"], (f) => f.lastSeen >= "2026-03-05T12:00"],
    ]
    for (const [flags, holds] of narrowed) {
      const found = await findings(...flags)
      expect(found.length, flags.join(" ")).toBeGreaterThan(0)
      expect(ids(found), flags.join(" ")).toEqual(ids(every.filter(holds)))
    }
    expect(ids(await findings("--attacker", ip))).toContain(first.id)
    expect((await findings("--attacker", ip)).length).toBeLessThan(135)
    const there = await findings("--decky", "lab-porto-06", "--service", "ssh")
    expect(there.length).toBeGreaterThan(0)
    for (const { id } of there) {
      const { targets } = await asked("findings", "show", id, ...all)
      expect(targets).toContainEqual(
        expect.objectContaining({ decky: "lab-porto-06", service: "ssh" }),
      )
    }
  })

  it("lists nothing where nothing matches", async () => {
    const none = await said("findings", "--principal", "nobody here")
    expect(none).toEqual({ code: 0, stdout: "no findings\n", stderr: "" })
    expect(await asked("findings", "--principal", "nobody here")).toEqual({
      total: 0,
      findings: [],
    })
  })

  it.each([
    ["--service", " SSH ", "ssh"],
    ["--service", "mysqld", "mysql"],
    ["--secret-kind", "Plaintext", "plaintext"],
  ])("takes %s %s as ingest does", async (flag, written, name) => {
    const found = await findings(flag, written)
    expect(found.length).toBeGreaterThan(0)
    expect(found).toEqual(await findings(flag, name))
  })

  it.each(["findings", "credentials", "what-if"])(
    "refuses a service that was never seen, and names those that were (%s)",
    async (command) => {
      const { code, stderr } = await said(command, "--service", "gopher")
      expect(code).toBe(2)
      expect(stderr).toMatch(/^credtrail: no service "gopher" was seen; there are ftp, .*vnc\n$/)
    },
  )

  it("refuses a kind of secret that was never seen", async () => {
    const { code, stderr } = await said("findings", "--secret-kind", "md5")
    expect(code).toBe(2)
    expect(stderr).toMatch(/no kind of secret "md5" was seen; there are .*plaintext/)
  })
})

describe("credtrail findings show", () => {
  const one = async (): Promise<string> => {
    const [first] = await findings("--sort", "targets")
    return first?.id ?? ""
  }

  it("shows deckies and services that were seen together, and no others", async () => {
    const { targets } = await asked("findings", "show", await one(), ...all)
    const page = (await said("findings", "show", await one(), ...all)).stdout
    const matrix = page.slice(page.indexOf("DECKY"), page.indexOf("\n\nattackers"))
    const [titles = "", ...lines] = matrix.split("\n")
    const services = titles.split(/ +/).slice(1)
    const pairs = lines.flatMap((line) => {
      const [decky = "", ...cells] = line.split(/ +/)
      return services.flatMap((service, column) =>
        cells[column] === "." ? [] : [{ decky, service, attemptCount: Number(cells[column]) }],
      )
    })
    expect(lines.length * services.length).toBeGreaterThan(pairs.length)
    const sorted = (list: ReadonlyArray<unknown>) => list.map((x) => JSON.stringify(x)).sort()
    expect(sorted(pairs)).toEqual(
      sorted(
        targets.map(({ decky, service, attemptCount }: (typeof pairs)[number]) => ({
          decky,
          service,
          attemptCount,
        })),
      ),
    )
  })

  it("shows every attacker with a UUID, times and attempts", async () => {
    const finding = await asked("findings", "show", await one(), ...all)
    const page = (await said("findings", "show", await one(), ...all)).stdout
    expect(finding.attackers.length).toBe(finding.attackerCount)
    let attempts = 0
    for (const { ip, uuid, firstSeen, attemptCount } of finding.attackers) {
      attempts += attemptCount
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/)
      const line = page.split("\n").find((row) => row.startsWith(`${ip} `))
      expect(line).toContain(uuid)
      expect(line).toContain(firstSeen.slice(0, 19).replace("T", " "))
    }
    expect(attempts).toBe(finding.attemptCount)
  })

  it("shows how it grew, each step with the event that caused it", async () => {
    const finding = await asked("findings", "show", await one(), ...all)
    expect(finding.history.length).toBe(finding.historyCount)
    expect(finding.history.map(({ version }: { version: number }) => version)).toEqual(
      Array.from({ length: finding.version }, (_, index) => index + 1),
    )
    const logged = await said("tail", ">", "--from", "start", "--no-follow", "--json")
    const events = new Map(
      logged.stdout
        .trim()
        .split("\n")
        .map((line) => [JSON.parse(line).id, JSON.parse(line)]),
    )
    const page = (await said("findings", "show", await one(), ...all)).stdout
    for (const { eventId, eventType, position, source } of finding.history) {
      const { id, metadata } = events.get(eventId)
      expect(events.get(eventId)).toMatchObject({ type: eventType, position })
      expect(metadata.source).toMatchObject(source)
      expect(page).toContain(`${source.file}:${source.line}`)
      expect(page).toContain(id)
    }
  })

  it("takes the beginning of an id, in capitals too", async () => {
    const id = await one()
    for (const text of [id, id.slice(0, 8), id.slice(0, 13).toUpperCase()]) {
      expect((await asked("findings", "show", text)).id).toBe(id)
    }
  })

  it("says with exit code 3 that there is no such finding", async () => {
    const { code, stdout, stderr } = await said("findings", "show", "00000000-0000")
    expect(stderr).toMatch(/no finding has the id 00000000-0000: credtrail findings lists them/)
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" })
  })
})

describe("credtrail credentials", () => {
  it("shows all attempts with a secret", async () => {
    const { total, credentials } = await asked("credentials", "--password", "123456", ...all)
    expect(total).toBe(credentials.length)
    expect(total).toBeGreaterThan(10)
    const digest = digestOf("123456")
    for (const { secret } of credentials) expect(secret.digest).toBe(digest)
    const byDigest = await asked("credentials", "--secret", digest.slice(0, 12), ...all)
    expect(byDigest).toEqual({ total, credentials })
  })

  it("shows all attempts of an attacker, by address or UUID", async () => {
    const [{ ip, uuid, attemptCount }] = (await asked("attackers", "--limit", "1")).attackers
    const { credentials } = await asked("credentials", "--attacker", ip, ...all)
    const counts = credentials.map((row: { attemptCount: number }) => row.attemptCount)
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(attemptCount)
    expect(
      (await asked("credentials", "--attacker", uuid.toUpperCase(), ...all)).credentials,
    ).toEqual(credentials)
  })

  it("shows all attempts of a finding, also by the beginning of its id", async () => {
    const [first] = await findings()
    const { id, attemptCount } = first ?? { id: "", attemptCount: 0 }
    for (const text of [id, id.slice(0, 8)]) {
      const { credentials } = await asked("credentials", "--finding", text, ...all)
      const counts = credentials.map((row: { attemptCount: number }) => row.attemptCount)
      expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(attemptCount)
      for (const { findingId } of credentials) expect(findingId).toBe(id)
    }
    const unknown = await said("credentials", "--finding", "00000000")
    expect(unknown).toMatchObject({ code: 3, stdout: "" })
  })
})

describe("other lists", () => {
  it("rejects: file, line and reason of every line that was not understood", async () => {
    const { total, rejects } = await asked("rejects", ...all)
    expect(total).toBe(18)
    expect(rejects.length).toBe(18)
    for (const reject of rejects) expect(reject).toMatchObject({ line: expect.any(Number) })
    expect((await said("rejects", "--limit", "5")).stdout).toMatch(/\n\n1-5 of 18\n$/)
  })

  it("dead-letters: none", async () => {
    expect(await asked("dead-letters")).toEqual({ total: 0, deadLetters: [] })
    expect((await said("dead-letters")).stdout).toBe("no dead letters\n")
  })
})
