import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { eventSchemas, type RecordedEvent } from "../../../domain/event/events.ts"
import type { EventId } from "../../../domain/event/ids.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { uuidBytes } from "../../../domain/event/uuid.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { type Delivery, EventLogUnavailable, type SubscribeOptions } from "../EventLog.ts"

/** Which ids the log holds, which the server does not know: it looks events up by stream alone. */
export interface IdIndex {
  /** Which of these are in the log, with everything that had been appended when it was asked. */
  readonly known: (
    ids: ReadonlyArray<EventId>,
  ) => Effect.Effect<ReadonlySet<EventId>, EventLogUnavailable>
  /** Whether one of these is known to be in the log, as far as anybody has asked so far. */
  readonly holdsAny: (ids: ReadonlySet<EventId>) => boolean
  /** Notes what has been appended. */
  readonly add: (ids: ReadonlySet<EventId>) => void
  readonly close: () => void
}

interface Source {
  readonly subscribe: (options: SubscribeOptions) => Stream.Stream<Delivery, EventLogUnavailable>
  /** The events at and after a place. */
  readonly at: (position: Position) => Effect.Effect<RecordedEvent | undefined, EventLogUnavailable>
}

const attempt = attempting(EventLogUnavailable)

const types = Object.keys(eventSchemas)
const batchSize = 5000

/**
 * An index in a file beside the read models, brought up to date from the log whenever ids are asked
 * for, and made when they are asked for first. Losing it costs reading the log once. It remembers
 * an event it has seen: where the log does not hold that one, it is another log, and the index is
 * begun again.
 */
export const makeIdIndex = (file: string, source: Source): IdIndex => {
  let opened: Opened | undefined
  /** The same, once it is known to be of this log. */
  let own: Opened | undefined
  const turn = Semaphore.makeUnsafe(1)

  const open = Effect.gen(function* () {
    if (own !== undefined) return own
    // Where the server is away it is kept open, and asked of again.
    opened ??= yield* attempt("open the index of ids", () => openIndex(file))
    const index = opened
    const last = index.last()
    if (last.position !== beginning) {
      const there = yield* source.at(last.position)
      if (there?.id !== last.id) yield* attempt("begin the index of ids", index.clear)
    }
    own = index
    return index
  })

  return {
    known: (ids) =>
      Semaphore.withPermit(
        turn,
        Effect.gen(function* () {
          const index = yield* open
          if (ids.length === 0) return new Set()
          yield* source.subscribe({ after: index.last().position, types, batchSize }).pipe(
            Stream.takeUntil((delivery) => delivery.caughtUp),
            Stream.runForEach(({ events }) => attempt("index ids", () => index.advance(events))),
          )
          return yield* attempt("look up event ids", () => new Set(ids.filter(index.holds)))
        }),
      ),
    holdsAny: (ids) => own !== undefined && ids.values().some(own.holds),
    add: (ids) => {
      try {
        own?.add(ids)
      } catch {
        // They are in the log, and are found there when ids are asked for the next time.
      }
    },
    close: () => opened?.close(),
  }
}

interface Opened {
  readonly last: () => { readonly position: Position; readonly id: string }
  readonly advance: (events: ReadonlyArray<RecordedEvent>) => void
  readonly add: (ids: Iterable<EventId>) => void
  readonly holds: (id: EventId) => boolean
  readonly clear: () => void
  readonly close: () => void
}

const schema = `
  CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS seen (one INTEGER PRIMARY KEY, position TEXT NOT NULL, id TEXT NOT NULL) STRICT;
  INSERT OR IGNORE INTO seen VALUES (1, '', '');
`

const openIndex = (file: string): Opened => {
  if (file !== ":memory:") mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = openDatabase("idIndex", file, (created) => created.exec(schema))
  const insert = database.prepare<[Buffer]>("INSERT OR IGNORE INTO ids VALUES (?)")
  const find = database.prepare<[Buffer], number>("SELECT 1 FROM ids WHERE id = ?").pluck(true)
  const where = database.prepare<[], { position: Position; id: string }>(
    "SELECT position, id FROM seen",
  )
  // Another process may have come further; what it has seen, it has noted.
  const move = database.prepare<[string, string, string]>(
    "UPDATE seen SET position = ?, id = ? WHERE position < ?",
  )
  return {
    last: () => where.get() ?? { position: beginning, id: "" },
    advance: (events) => {
      const last = events.at(-1)
      if (last === undefined) return
      database
        .transaction(() => {
          for (const { id } of events) insert.run(uuidBytes(id))
          move.run(last.position, last.id, last.position)
        })
        .immediate()
    },
    add: database.transaction((ids: Iterable<EventId>) => {
      for (const id of ids) insert.run(uuidBytes(id))
    }).immediate,
    holds: (id) => find.get(uuidBytes(id)) !== undefined,
    clear: () => {
      database.exec("DELETE FROM ids; UPDATE seen SET position = '', id = ''")
    },
    close: () => database.close(),
  }
}
