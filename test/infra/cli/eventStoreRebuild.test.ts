import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { answer, credtrail, ingestFleet, temporary } from "./credtrail.ts"

// The server is a double in this process, and the machine may have a lot to do.
const patience = 240_000

const directory = temporary()
const embedded = join(directory, "embedded")
const onServer = join(directory, "on-server")
const fleet = join(import.meta.dirname, "../../../sample/fleet")
let server: TestServer
let place: ReadonlyArray<string>

beforeAll(async () => {
  server = await TestServer.start()
  place = ["--data", onServer, "--eventstore", server.connectionString]
  await ingestFleet(embedded)
  const { code, stderr } = await credtrail("ingest", fleet, "--decky", "{dir}", ...place)
  if (code !== 0) throw new Error(stderr)
}, patience)

afterAll(() => server.stop())

describe("with the log on a server", () => {
  it.each([
    ["rebuild"],
    ["rebuild", "vectors"],
    ["rebuild", "credential-reuse"],
    ["vectors", "rebuild"],
    ["rollback"],
    ["verify"],
    ["findings"],
    ["keys"],
  ])("a new data directory has nothing to %s %s, and none is made", async (...command) => {
    const data = join(directory, "new")
    const { code, stderr } = await credtrail(
      ...[...command, "--data", data, "--eventstore", server.connectionString],
    )
    expect([code, stderr]).toEqual([5, expect.stringContaining("there is no data in it yet")])
    expect(existsSync(data)).toBe(false)
  })

  it(
    "read models that were moved away are rebuilt, as the advice of a refusal says",
    async () => {
      const data = join(directory, "moved")
      const own = ["--data", data, "--eventstore", server.connectionString]
      await answer("ingest", join(fleet, "edge-berlin-01"), "--decky", "edge-berlin-01", ...own)
      const findings = await answer("findings", ...own)
      rmSync(join(data, "readmodel.sqlite"))
      await answer("rebuild", "credential-reuse", ...own)
      expect(await answer("findings", ...own)).toEqual(findings)
    },
    patience,
  )

  it(
    "read models and vectors are rebuilt, verified and rolled back as with the embedded log",
    async () => {
      const own = ["--data", embedded]
      const findings = await answer("findings", "--limit", "1000", ...place)
      const { log } = await answer("status", ...place)
      const [there, here] = [await answer("rebuild", ...place), await answer("rebuild", ...own)]
      expect(there).toMatchObject({ generation: 2, previous: 1, events: 3000 })
      expect(there.vectors.kinds).toEqual(here.vectors.kinds)
      expect(await credtrail("verify", ...place)).toMatchObject({
        ...{
          code: 0,
          stderr: "",
          stdout: expect.stringMatching(/348 in the log, 0 waiting, as the/),
        },
      })
      expect(await answer("findings", "--limit", "1000", ...place)).toEqual(findings)
      expect(await answer("rollback", ...place)).toMatchObject({ generation: 1, previous: 2 })
      expect(await credtrail("verify", ...place)).toMatchObject({ code: 0 })
      expect((await answer("status", ...place)).log).toEqual(log)
    },
    patience,
  )

  it(
    "the past is told as with the embedded log",
    async () => {
      for (const question of [
        ["findings", "--as-of", "2026-03-04", "--by", "event-time"],
        ["credentials", "--as-of", "2026-03-04", "--by", "event-time"],
        ["findings", "diff", "--from", "2026-03-03", "--to", "2026-03-04", "--by", "event-time"],
      ]) {
        expect(await answer(...question, "--limit", "1000", ...place), question.join(" ")).toEqual(
          await answer(...question, "--limit", "1000", "--data", embedded),
        )
      }
      for (const question of [
        ["findings", "history", "51238e72"],
        ["why", "51238e72"],
        ["what-if", "--min-targets", "3", "--service", "ssh,telnet"],
      ]) {
        const told = async (...where: ReadonlyArray<string>) =>
          withoutPlace(await answer(...question, ...where))
        expect(await told(...place), question.join(" ")).toEqual(await told("--data", embedded))
      }
    },
    patience,
  )
})

/** All but where in the log something is and when it came there, which each log says for itself. */
const withoutPlace = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutPlace)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !/position|recordedAt$|At$/i.test(name) || name === "observedAt")
      .map(([name, inner]) => [name, withoutPlace(inner)]),
  )
}
