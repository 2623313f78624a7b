import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { EventLogUnavailable } from "../../../../src/infra/eventlog/EventLog.ts"
import { makeEmbeddedAppend } from "../../../../src/infra/eventlog/embedded/embeddedAppend.ts"
import { makeEmbeddedReader } from "../../../../src/infra/eventlog/embedded/embeddedRead.ts"
import { openLogFile } from "../../../../src/infra/eventlog/embedded/openLogFile.ts"
import { attempting } from "../../../../src/infra/sqlite/sqliteFailure.ts"
import { newEvent, newEvents } from "../newEvents.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const attempt = attempting(EventLogUnavailable)

const opened = Effect.gen(function* () {
  const file = join(yield* temporaryDirectory, "events.db")
  const database = yield* Effect.acquireRelease(
    attempt("open", () => openLogFile(file)),
    (database) => Effect.sync(() => database.close()),
  )
  const append = makeEmbeddedAppend(database)
  return {
    file,
    database,
    reader: makeEmbeddedReader(database),
    append: (...parameters: Parameters<typeof append>) =>
      attempt("append to the event log", () => append(...parameters)),
  }
})

describe("an append to a log file", () => {
  it("that finds the disk full leaves the log as it was, and can be done again later", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { append, database, reader } = yield* opened
        const first = newEvents(10)
        yield* append([{ stream: "s", expectedRevision: "no_stream", events: first }], 1)
        const pages = Number(database.pragma("page_count", { simple: true }))
        database.pragma(`max_page_count = ${pages + 8}`)
        const big = Array.from({ length: 100 }, () => newEvent({ data: { x: "x".repeat(2_000) } }))
        const writes = [
          { stream: "t", expectedRevision: "no_stream", events: newEvents(1) },
          { stream: "s", expectedRevision: 9, events: big },
        ] as const
        const error = yield* Effect.flip(append(writes, 2))
        expect(error).toMatchObject({ operation: "append to the event log", kind: "disk-full" })
        expect(error.message).toContain("space")
        expect(reader.head()).toBe(10)
        const options = { direction: "forwards", limit: 1_000 } as const
        expect(reader.stream("t", options)).toEqual([])
        expect(reader.stream("s", options)).toHaveLength(10)
        expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
        database.pragma("max_page_count = 1000000")
        expect(yield* append(writes, 3)).toMatchObject([{ revision: 0 }, { revision: 109 }])
      }).pipe(Effect.scoped),
    ))

  it("that another writer keeps waiting says that the log is busy", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { append, database, file } = yield* opened
        database.pragma("busy_timeout = 1")
        const other = new Sqlite(file)
        other.exec("BEGIN IMMEDIATE")
        const write = { stream: "s", expectedRevision: "no_stream", events: newEvents(1) } as const
        expect(yield* Effect.flip(append([write], 1))).toMatchObject({
          operation: "append to the event log",
          kind: "busy",
        })
        other.exec("ROLLBACK")
        other.close()
        expect(yield* append([write], 1)).toMatchObject([{ revision: 0 }])
      }).pipe(Effect.scoped),
    ))

  it("is on the disk when it returns", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const { database } = yield* opened
        expect(database.pragma("journal_mode", { simple: true })).toBe("wal")
        expect(database.pragma("synchronous", { simple: true })).toBe(2) // FULL
      }).pipe(Effect.scoped),
    ))
})
