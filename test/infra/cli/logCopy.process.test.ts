import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../support/eventually.ts"
import { startCredtrail } from "../ingest/runCredtrail.ts"
import { answer, ingestFleet, temporary } from "./credtrail.ts"

// Processes of their own against doubles in this one, on a machine that may have a lot to do.
const patience = 240_000

const directory = temporary()
const data = join(directory, "data")
const servers: Array<TestServer> = []
const newServer = async (): Promise<TestServer> => {
  const server = await TestServer.start()
  servers.push(server)
  return server
}

beforeAll(() => ingestFleet(data), patience)

afterAll(() => Promise.all(servers.map((server) => server.stop())))

/** The ids of the events on a server that are ours, in its order. */
const idsOn = (server: TestServer): ReadonlyArray<string> =>
  server.log.records.filter(({ type }) => !type.startsWith("$")).map(({ id }) => id)

const idsIn = (place: string): ReadonlyArray<string> => {
  const log = new Sqlite(join(place, "log.sqlite"), { readonly: true })
  const query = log.prepare<[], Uint8Array>("SELECT event_id FROM events ORDER BY position").pluck()
  const ids = query.all().map((id) => Buffer.from(id).toString("hex"))
  log.close()
  return ids
}

const countIn = (place: string): number => {
  try {
    return idsIn(place).length
  } catch {
    return 0 // it has not been made yet
  }
}

/** Starts a copy and kills it as soon as something is so. */
const killed = (args: ReadonlyArray<string>, when: () => boolean): Promise<void> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const copying = yield* startCredtrail(["log", "copy", ...args, "--data", data])
        yield* eventually(Effect.sync(when)).pipe(Effect.timeout("60 seconds"))
        copying.signal("SIGKILL")
        expect((yield* copying.ended).code).toBeNull()
      }),
    ),
  )

const withoutDashes = (ids: ReadonlyArray<string>): ReadonlyArray<string> =>
  ids.map((id) => id.replaceAll("-", ""))

describe("credtrail log copy that is killed", () => {
  it(
    "on the way to another file goes on, wherever that was",
    async () => {
      const target = join(directory, "file")
      const args = ["--from", "embedded", "--to", `embedded:${target}`]
      await killed(args, () => countIn(target) > 0)
      const before = countIn(target)
      const { events, copied, digest } = await answer("log", "copy", ...args, "--data", data)
      expect(copied).toBe(events - before)
      const undisturbed = await answer(
        ...["log", "copy", "--from", "embedded", "--to"],
        ...[`embedded:${join(directory, "beside")}`, "--data", data],
      )
      expect(undisturbed.digest).toBe(digest)
    },
    patience,
  )

  it(
    "on the way to a server goes on, wherever that was: one copy of every event",
    async () => {
      const server = await newServer()
      const args = ["--from", "embedded", "--to", server.connectionString]
      const there = (): number => idsOn(server).length
      await killed(args, () => there() > 0)
      const first = there()
      expect(first).toBeGreaterThan(0)
      server.faults.order("append", { kind: "late", millis: 20 }, 100)
      await killed(args, () => there() > first)
      server.faults.clear()

      // Written, but the answer never comes: the process is killed while it waits for it.
      const appends = server.traffic.appends
      server.faults.order("append", { kind: "silence", when: "after" })
      await killed(args, () => server.traffic.appends > appends)
      server.faults.clear()

      const before = there()
      const copied = await answer("log", "copy", ...args, "--data", data)
      expect(copied.copied).toBe(copied.events - before)
      expect(before).toBeLessThan(copied.events)
      expect(withoutDashes(idsOn(server))).toEqual(idsIn(data))
      const undisturbed = await answer(
        ...["log", "copy", "--from", "embedded", "--to"],
        ...[`embedded:${join(directory, "undisturbed")}`, "--data", data],
      )
      expect(undisturbed.digest).toBe(copied.digest)
    },
    patience,
  )

  it(
    "on the way back goes on as well",
    async () => {
      const server = await newServer()
      const url = server.connectionString
      const { digest } = await answer(
        ...["log", "copy", "--from", "embedded", "--to", url, "--data", data],
      )
      const target = join(directory, "back")
      const args = ["--from", url, "--to", `embedded:${target}`]
      const there = () => countIn(target)
      // Slowly, so that there is a middle to kill it in.
      server.faults.order("subscribe", { kind: "late", millis: 200 }, 100)
      await killed(args, () => there() > 0)
      const first = there()
      await killed(args, () => there() > first)
      server.faults.clear()
      const before = there()
      const copied = await answer("log", "copy", ...args, "--data", data)
      expect(copied).toMatchObject({ digest, copied: copied.events - before })
      expect(idsIn(target)).toEqual(withoutDashes(idsOn(server)))
    },
    patience,
  )
})
