import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { eventCount, eventsOf, listen } from "../deliveries.ts"
import { idsOf, newEvents } from "../newEvents.ts"
import { startProcess } from "../startProcess.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const test = <E>(title: string, body: (file: string) => Effect.Effect<void, E, Scope>): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(temporaryDirectory, (directory) => body(join(directory, "events.db"))),
      ),
    ),
  )
}

const wholeStream = (stream: string) =>
  EventLog.use((log) => log.readStream(stream, { direction: "forwards", limit: 1_000_000 }))

describe("an embedded log used by several processes", () => {
  for (const mode of ["read-write", "read-only"]) {
    test(`is followed by a ${mode} process while this one appends`, (file) =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [early, late] = [newEvents(250), newEvents(30)]
        yield* log.append({ stream: "s", expectedRevision: "no_stream", events: early })
        const follower = yield* startProcess("followLog.ts", file, mode)
        const printed: Array<string> = []
        const readUntil = (count: number) =>
          Effect.gen(function* () {
            while (printed.length < count) {
              const line = yield* follower.nextLine
              if (line === undefined) throw new Error("the follower has ended")
              if (line !== "live") printed.push(line)
            }
          })
        yield* readUntil(250)
        expect(yield* follower.nextLine).toBe("live")
        for (let n = 0; n < 30; n += 10) {
          yield* log.append({
            stream: "s",
            expectedRevision: 249 + n,
            events: late.slice(n, n + 10),
          })
          yield* readUntil(260 + n)
        }
        expect(printed).toEqual(idsOf([...early, ...late]))
      }).pipe(Effect.provide(layerEmbedded({ file }))))
  }

  test("is followed by this process while another one appends", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const listener = yield* listen(
        log.subscribe({ after: beginning, batchSize: 50 }),
        eventCount(200),
      )
      yield* listener.live
      const writer = yield* startProcess("appendBatches.ts", file, "theirs", "20", "10")
      yield* Fiber.join(listener.fiber)
      expect(eventsOf(listener.received).map((event) => event.revision)).toEqual(
        Array.from({ length: 200 }, (_, n) => n),
      )
      expect(yield* writer.exitCode).toBe(0)
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  test("is made once by processes that all begin it, and takes what each appends", (file) =>
    Effect.gen(function* () {
      const names = ["a", "b", "c"]
      const writers = yield* Effect.forEach(names, (name) =>
        startProcess("appendBatches.ts", file, name, "10", "7"),
      )
      const codes = yield* Effect.forEach(writers, (writer) => writer.exitCode)
      expect(codes).toEqual([0, 0, 0])
      yield* Effect.gen(function* () {
        for (const name of names) {
          const numbers = (yield* wholeStream(name)).map(({ data }) => data)
          expect(numbers).toMatchObject(Array.from({ length: 70 }, (_, n) => ({ n })))
        }
      }).pipe(Effect.provide(layerEmbedded({ file })))
    }))

  test("has whole appends only, and all that were answered, after a writer was killed", (file) =>
    Effect.gen(function* () {
      const size = 37
      for (let round = 0; round < 4; round++) {
        const writer = yield* startProcess("appendBatches.ts", file, "s", "100000", String(size))
        let answered = -1
        const batches = 1 + Math.floor(Math.random() * 40)
        for (let batch = 0; batch < batches; batch++) answered = Number(yield* writer.nextLine)
        yield* writer.kill
        const events = yield* wholeStream("s").pipe(Effect.provide(layerEmbedded({ file })))
        expect(events.length).toBeGreaterThan(answered)
        expect(events.length % size).toBe(0)
        expect(events.map(({ data }) => data)).toMatchObject(events.map((_, n) => ({ n })))
        expect(events.map(({ revision }) => revision)).toEqual(events.map((_, n) => n))
        const database = new Sqlite(file)
        expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
        database.close()
      }
    }))
})
