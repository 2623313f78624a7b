import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { eventCount, eventsOf, listen } from "../deliveries.ts"
import { idsOf, newEvents } from "../newEvents.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const test = <E>(title: string, body: (directory: string) => Effect.Effect<void, E>): void => {
  it(title, () => Effect.runPromise(Effect.scoped(Effect.flatMap(temporaryDirectory, body))))
}

const append = (stream: string, count: number) =>
  EventLog.use((log) =>
    log.append({ stream, expectedRevision: "no_stream", events: newEvents(count) }),
  )
const health = EventLog.use((log) => log.health)
const modes = ["read-write", "read-only"] as const

describe("the file of an embedded log", () => {
  for (const mode of modes) {
    const failure = (file: string) =>
      Effect.flip(health.pipe(Effect.provide(layerEmbedded({ file, mode }))))

    test(`is left as it is when it is no database (${mode})`, (directory) =>
      Effect.gen(function* () {
        const file = join(directory, "notes.txt")
        for (const text of ["hello", "a longer text\n".repeat(1_000)]) {
          writeFileSync(file, text)
          expect(yield* failure(file)).toMatchObject({
            operation: "open the event log",
            kind: "corrupt",
          })
          expect(readFileSync(file, "utf8")).toBe(text)
          expect(readdirSync(directory)).toEqual(["notes.txt"])
        }
      }))

    for (const journal of ["DELETE", "WAL"]) {
      test(`is left as it is when it is another program's database (${mode}, ${journal})`, (directory) =>
        Effect.gen(function* () {
          const file = join(directory, "theirs.db")
          const theirs = new Sqlite(file)
          theirs.pragma(`journal_mode = ${journal}`)
          theirs.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
          const before = readFileSync(file)
          const error = yield* failure(file)
          expect(error).toMatchObject({ operation: "open the event log", kind: "corrupt" })
          expect(error.message).toContain("not a credtrail log")
          expect(readFileSync(file).equals(before)).toBe(true)
          theirs.close()
        }))
    }

    test(`is left to the newer credtrail that wrote it (${mode})`, (directory) =>
      Effect.gen(function* () {
        const file = join(directory, "events.db")
        yield* append("s", 1).pipe(Effect.provide(layerEmbedded({ file })))
        const newer = new Sqlite(file)
        newer.pragma("user_version = 2")
        newer.close()
        const error = yield* failure(file)
        expect(error).toMatchObject({ operation: "open the event log", kind: "too-new" })
        expect(error.message).toContain("schema version 2")
      }))

    test(`must not be a directory (${mode})`, (directory) =>
      Effect.gen(function* () {
        const file = join(directory, "events.db")
        mkdirSync(file)
        const error = yield* failure(file)
        expect(error).toMatchObject({ operation: "open the event log", kind: "corrupt" })
        expect(error.message).toContain("not a file")
      }))
  }

  test("is made where there is an empty one", (directory) =>
    Effect.gen(function* () {
      const file = join(directory, "events.db")
      writeFileSync(file, "")
      const appended = yield* append("s", 2).pipe(Effect.provide(layerEmbedded({ file })))
      expect(appended.revision).toBe(1)
    }))

  test("cannot be made in a directory that is a file", (directory) =>
    Effect.gen(function* () {
      const file = join(directory, "file", "events.db")
      writeFileSync(join(directory, "file"), "")
      const error = yield* Effect.flip(health.pipe(Effect.provide(layerEmbedded({ file }))))
      expect(error).toMatchObject({ operation: "open the event log", kind: "read-only" })
    }))

  test("must be there to be opened for reading alone", (directory) =>
    Effect.gen(function* () {
      const empty = join(directory, "empty.db")
      writeFileSync(empty, "")
      const absent = join(directory, "absent", "events.db")
      for (const file of [empty, absent]) {
        const error = yield* Effect.flip(
          health.pipe(Effect.provide(layerEmbedded({ file, mode: "read-only" }))),
        )
        expect(error).toMatchObject({ operation: "open the event log", kind: "unreachable" })
        expect(error.message).toContain("credtrail ingest")
      }
      expect(readFileSync(empty)).toHaveLength(0)
      expect(existsSync(join(directory, "absent"))).toBe(false)
    }))

  test("is not written when it was opened for reading alone", (directory) =>
    Effect.gen(function* () {
      const file = join(directory, "events.db")
      yield* append("s", 3).pipe(Effect.provide(layerEmbedded({ file })))
      const before = readFileSync(file)
      yield* Effect.gen(function* () {
        expect(yield* Effect.flip(append("t", 1))).toMatchObject({
          operation: "append to the event log",
          kind: "read-only",
        })
        expect((yield* health).events).toBe(3)
      }).pipe(Effect.provide(layerEmbedded({ file, mode: "read-only" })))
      expect(readFileSync(file).equals(before)).toBe(true)
    }))

  test("is followed by who opened it for reading alone", (directory) =>
    Effect.gen(function* () {
      const file = join(directory, "events.db")
      const log = yield* EventLog.pipe(Effect.provide(layerEmbedded({ file })), Effect.option)
      expect(log._tag).toBe("Some") // made and closed again
      const events = newEvents(4)
      yield* Effect.gen(function* () {
        const reader = yield* EventLog
        const listener = yield* listen(
          reader.subscribe({ after: beginning, batchSize: 10 }),
          eventCount(4),
        )
        yield* listener.live
        yield* EventLog.use((writer) =>
          writer.append({ stream: "s", expectedRevision: "no_stream", events }),
        ).pipe(Effect.provide(layerEmbedded({ file })))
        yield* Fiber.join(listener.fiber)
        expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
      }).pipe(Effect.scoped, Effect.provide(layerEmbedded({ file, mode: "read-only" })))
    }))
})
