import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, ingestFleet, temporary, writeLines } from "./credtrail.ts"

// The servers are doubles in this process, and the machine may have a lot to do.
const patience = 240_000

const directory = temporary()
const embedded = join(directory, "embedded")
const onServer = join(directory, "on-server")
const fleet = join(import.meta.dirname, "../../../sample/fleet")
const servers: Array<TestServer> = []
const newServer = async (): Promise<string> => {
  const server = await TestServer.start()
  servers.push(server)
  return server.connectionString
}
let url = ""

beforeAll(async () => {
  url = await newServer()
  await ingestFleet(embedded)
  const { code, stderr } = await credtrail(
    ...["ingest", fleet, "--decky", "{dir}", "--data", onServer, "--eventstore", url],
  )
  if (code !== 0) throw new Error(stderr)
}, patience)

afterAll(() => Promise.all(servers.map((server) => server.stop())))

const list = async (command: ReadonlyArray<string>, ...place: ReadonlyArray<string>) =>
  answer(...command, "--limit", "1000", ...place)

describe("with --eventstore", () => {
  it(
    "every command answers as on the embedded log",
    async () => {
      for (const command of [["findings"], ["attackers"], ["rejects"], ["dead-letters"]]) {
        expect(await list(command, "--data", onServer, "--eventstore", url)).toEqual(
          await list(command, "--data", embedded),
        )
      }
      const { log, projections } = await answer(
        ...["status", "--data", onServer, "--eventstore", url],
      )
      expect(log).toMatchObject({ layer: "eventstoredb", location: url.replace(/\?.*/, "") })
      expect(projections).toContainEqual(
        expect.objectContaining({ name: "credential-reuse", gap: 0 }),
      )
      expect(readdirSync(onServer)).not.toContain("log.sqlite")
    },
    patience,
  )

  it(
    "reading the same logs again adds nothing",
    async () => {
      const summary = await answer(
        ...["ingest", fleet, "--decky", "{dir}", "--data", onServer, "--eventstore", url],
      )
      expect(summary).toMatchObject({ captures: 0, findingsOpened: 0, findingsGrown: 0 })
    },
    patience,
  )

  it.each([
    ["http://db.example:2113", /has to begin with esdb:\/\//],
    ["esdb://ops:hunter2@db.example:21130000", /is not a name, or a name and a port/],
    ["esdb://ops:hun:ter2@db.example", /write %3A for a :/],
    ["esdb://ops:hunter2@db.example?tls=false", /sends no credentials/],
  ])("%s is refused before anything starts, and nothing secret is told", async (address, told) => {
    const untouched = join(directory, "untouched")
    for (const command of [["ingest", fleet], ["run"], ["status"], ["tail", ">"]]) {
      const called = await credtrail(...command, "--data", untouched, "--eventstore", address)
      expect(called.stderr).toMatch(told)
      expect(called).toMatchObject({ code: 2, stdout: "" })
      expect(called.stderr).not.toMatch(/hunter2|ter2/)
    }
    expect(readdirSync(directory)).not.toContain("untouched")
  })
})

describe("a data directory", () => {
  const foreign = (...command: ReadonlyArray<string>) =>
    credtrail(...command, "--data", onServer, "--eventstore", url)

  it(
    "is refused with a log that is not the one it was made from",
    async () => {
      const other = await newServer()
      for (const command of [
        ["findings"],
        ["ingest", fleet],
        ["policy", "set", "--min-targets", "3"],
      ]) {
        const called = await credtrail(...command, "--data", onServer, "--eventstore", other)
        expect(called).toMatchObject({ code: 5, stdout: "" })
        expect(called.stderr).toMatch(
          /belongs to another log: it was made from the log at esdb:.*, not from esdb:.*log copy/,
        )
      }
      const embeddedData = await credtrail("ingest", fleet, "--data", embedded, "--eventstore", url)
      expect(embeddedData.stderr).toMatch(/made from the log at .*log\.sqlite, not from esdb:/)
      expect((await foreign("findings")).code).toBe(0)
    },
    patience,
  )

  it("remembers its log without anything secret", () => {
    const known = JSON.parse(readFileSync(join(onServer, "log.json"), "utf8"))
    expect(known).toMatchObject({ layer: "eventstoredb", location: url.replace(/\?.*/, "") })
    expect(known.event).not.toBeNull()
  })
})

describe("credtrail doctor", () => {
  const examine = async (place: string) => {
    const called = await credtrail("doctor", "--json", "--data", onServer, "--eventstore", place)
    const { findings } = JSON.parse(called.stdout)
    return { code: called.code, checks: findings as ReadonlyArray<{ check: string }> }
  }

  it("asks the server, and does not miss an embedded log", async () => {
    const { code, checks } = await examine(url)
    expect(checks.find(({ check }) => check === "server")).toMatchObject({ verdict: "ok" })
    expect(checks.map(({ check }) => check)).not.toContain("log")
    expect(code).toBe(0)
  })

  it("says that the server does not answer, and what to look at", async () => {
    const { code, checks } = await examine("esdb://127.0.0.1:1?tls=false&defaultDeadline=100")
    expect(checks.find(({ check }) => check === "server")).toMatchObject({
      verdict: "problem",
      remedy: expect.stringMatching(/check the address/),
    })
    expect(code).toBe(1)
  })
})

describe("credtrail log copy", () => {
  it(
    "moves an embedded history to a server, where work goes on, and back",
    async () => {
      const target = await newServer()
      const moved = join(directory, "moved")
      const there = ["--data", moved, "--eventstore", target]
      await ingestFleet(moved)
      const first = await answer(
        "log",
        "copy",
        "--from",
        "embedded",
        "--to",
        "eventstore",
        ...there,
      )
      expect(first.copied).toBe(first.events)

      // Its read models have positions of the embedded log; its record of files stays true.
      const refused = await credtrail("findings", ...there)
      expect(refused.stderr).toMatch(/move readmodel\.sqlite .* rebuilds them from it/)
      for (const made of ["readmodel", "vectors"]) {
        for (const more of ["", "-wal", "-shm"]) {
          rmSync(join(moved, `${made}.sqlite${more}`), { force: true })
        }
      }
      const again = await answer("ingest", fleet, "--decky", "{dir}", ...there)
      expect(again).toMatchObject({ captures: 0, unchangedFiles: 17 })
      expect(await list(["findings"], ...there)).toEqual(
        await list(["findings"], "--data", embedded),
      )
      const fresh = writeLines(join(directory, "fresh.log"), [
        canaryLogin({ decky: "gate-9", password: "tulip" }),
      ])
      expect(await answer("ingest", fresh, ...there)).toMatchObject({ captures: 1 })

      const back = `embedded:${join(directory, "back")}`
      const returned = await answer("log", "copy", "--from", target, "--to", back)
      expect(returned.events).toBeGreaterThan(first.events)
      const { digest } = await answer("log", "copy", "--from", back, "--to", target)
      expect(digest).toBe(returned.digest)
    },
    patience,
  )

  it(
    "keeps the order of many streams",
    async () => {
      const target = await newServer()
      const copy = await answer(
        ...["log", "copy", "--from", "embedded", "--to", target, "--data", embedded],
      )
      const tail = async (...place: ReadonlyArray<string>) =>
        (await credtrail("tail", ">", "--from", "start", "--no-follow", "--json", ...place)).stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line).id)
      // A new data directory, for which read models are made from the copy.
      const made = ["--data", join(directory, "made"), "--eventstore", target]
      const fresh = writeLines(join(directory, "another.log"), [canaryLogin()])
      await credtrail("ingest", fresh, ...made)
      const there = await tail(...made)
      expect(there.slice(0, copy.events)).toEqual(await tail("--data", embedded))
    },
    patience,
  )

  it("tells nothing of an address that does not make sense", async () => {
    const called = await credtrail("log", "copy", "--from", "embedded", "--to", "ops:hunter2@db")
    expect(called).toMatchObject({ code: 2, stdout: "" })
    expect(called.stderr).not.toContain("hunter2")
  })
})
