import { watch } from "node:fs"
import { basename, dirname, resolve } from "node:path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { makeAppendSignal } from "../AppendSignal.ts"
import { appendOne, EventLog, EventLogUnavailable, requireEvents } from "../EventLog.ts"
import { type Followed, follow } from "../follow.ts"
import { parsePosition, placeOf, positionOf } from "../StoredEvent.ts"
import { type EmbeddedAppend, makeEmbeddedAppend } from "./embeddedAppend.ts"
import { makeEmbeddedReader } from "./embeddedRead.ts"
import { openLogFile, openLogFileReadOnly } from "./openLogFile.ts"

interface EmbeddedOptions {
  /** The log's file. SQLite keeps two more beside it, with `-wal` and `-shm` after its name. */
  readonly file: string
  /** By default read-write. A reader never changes the log, and follows those who do. */
  readonly mode?: "read-write" | "read-only"
}

/**
 * The log in an SQLite file: any number of processes may read and follow it while they take turns
 * in appending. What an append has returned for is on the disk.
 */
export const layerEmbedded = (
  options: EmbeddedOptions,
): Layer.Layer<EventLog, EventLogUnavailable> => Layer.effect(EventLog, makeEmbedded(options))

const attempt = attempting(EventLogUnavailable)

const makeEmbedded = Effect.fnUntraced(function* (
  options: EmbeddedOptions,
): Effect.fn.Return<EventLog["Service"], EventLogUnavailable, Scope> {
  const file = resolve(options.file)
  const readOnly = options.mode === "read-only"
  const database = yield* Effect.acquireRelease(
    attempt("open the event log", () => (readOnly ? openLogFileReadOnly(file) : openLogFile(file))),
    (opened) => Effect.sync(() => opened.close()),
  )
  const reader = yield* attempt("open the event log", () => makeEmbeddedReader(database))
  const write = readOnly
    ? refusal(file)
    : yield* attempt("open the event log", () => makeEmbeddedAppend(database))
  const signal = yield* attempt("open the event log", () => makeAppendSignal(reader.othersVersion))
  yield* watchWrites(file, signal.look)

  const appendMany: EventLog["Service"]["appendMany"] = Effect.fnUntraced(function* (writes) {
    yield* requireEvents(writes)
    const now = yield* Clock.currentTimeMillis
    const results = yield* attempt("append to the event log", () => write(writes, now))
    signal.announce()
    return results
  })
  const page: Followed["page"] = (after, { batchSize, types }) =>
    attempt("read the event log", () => {
      const seen = signal.seen()
      const head = reader.head()
      return { seen, head, events: reader.all("forwards", after, batchSize, types) }
    })

  return EventLog.of({
    append: (write) => appendOne(appendMany, write),
    appendMany,
    known: (ids) => attempt("look up event ids", () => reader.known(ids)),
    readStream: (stream, options) =>
      attempt("read the event log", () => reader.stream(stream, options)),
    readAll: Effect.fnUntraced(function* ({ direction, from, limit, types }) {
      const place = yield* from === undefined ? Effect.succeed(edge[direction]) : placeOf(from)
      return yield* attempt("read the event log", () => reader.all(direction, place, limit, types))
    }),
    subscribe: (options) => follow({ signal, page }, options),
    gap: Effect.fnUntraced(function* (after, types) {
      const place = yield* placeOf(after)
      return yield* attempt("count events", () => reader.count(place, types))
    }),
    parsePosition,
    health: attempt("read the event log", () => {
      const head = reader.head()
      return { layer: "embedded", location: file, events: head, head: positionOf(head) }
    }),
  })
})

/** Every append of whichever process is a write to the file's write-ahead log. */
const watchWrites = (file: string, onWrite: () => void): Effect.Effect<void, never, Scope> =>
  Effect.acquireRelease(
    Effect.try(() => {
      const name = `${basename(file)}-wal`
      const watcher = watch(dirname(file), { persistent: false }, (_, changed) => {
        if (changed === name) onWrite()
      })
      return watcher.on("error", () => watcher.close())
    }),
    (watcher) => Effect.sync(() => watcher.close()),
  ).pipe(
    // Without the system's events the log is looked at now and then.
    Effect.ignore,
  )

const edge = { forwards: 0, backwards: Number.MAX_SAFE_INTEGER } as const

const refusal =
  (file: string): EmbeddedAppend =>
  () => {
    throw new EventLogUnavailable({
      operation: "append to the event log",
      kind: "read-only",
      reason: `this process has opened ${file} for reading alone`,
    })
  }
