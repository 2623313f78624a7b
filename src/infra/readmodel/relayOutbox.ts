import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NewEvent } from "../../domain/event/events.ts"
import { clearOutbox, type OutboxRow, readOutbox } from "../../projections/outbox.ts"
import {
  EventLog,
  type EventLogUnavailable,
  type StreamWrite,
  WrongExpectedRevision,
} from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

/** The log says something else than this read model where both speak of the same announcement. */
export class RelayDiverged extends Schema.TaggedError<RelayDiverged>()("RelayDiverged", {
  stream: Schema.String,
  eventId: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    return `announcement ${this.eventId} does not fit stream ${this.stream}: ${this.reason}. Another program writes to this stream, or the read models were built from another log`
  }
}

const pageSize = 1000

/**
 * Appends what stands in the outbox to the log, once each, and clears it; answers how many rows.
 * Any number of processes may do this at once: ids and revisions are exact, so whoever comes
 * second finds the event already there and only clears the row. A stream that has diverged keeps
 * its rows and is the failure in the end; the others are relayed all the same.
 */
export const relayOutbox: Effect.Effect<
  number,
  EventLogUnavailable | ReadModelUnavailable | RelayDiverged,
  EventLog | ReadModel
> = Effect.gen(function* () {
  const readModel = yield* ReadModel
  const diverged = new Map<string, RelayDiverged>()
  let relayed = 0
  let last = 0
  while (true) {
    const rows = yield* readModel.attempt("read the outbox", (database) =>
      readOutbox(database, last, pageSize),
    )
    if (rows.length === 0) break
    yield* appendRows(
      rows.filter(({ stream }) => !diverged.has(stream)),
      diverged,
    )
    const appended = rows.filter(({ stream }) => !diverged.has(stream))
    // Rows that stay are passed over from here on.
    if (appended.length < rows.length) last = rows.at(-1)?.no ?? last
    yield* readModel.commit("clear the outbox", (database) => clearOutbox(database, appended))
    relayed += appended.length
  }
  const [divergence] = diverged.values()
  return divergence === undefined ? relayed : yield* divergence
})

type Rows = ReadonlyArray<OutboxRow>

/** Appends rows that are not in the log yet; notes the streams in which that cannot be done. */
const appendRows = Effect.fnUntraced(function* (
  rows: Rows,
  diverged: Map<string, RelayDiverged>,
): Effect.fn.Return<void, EventLogUnavailable, EventLog> {
  if (rows.length === 0) return
  const log = yield* EventLog
  const streams = [...Map.groupBy(rows, (row) => row.stream).values()]
  const results = yield* log.appendMany(streams.map(asWrite))
  for (const [index, result] of results.entries()) {
    const refused = streams[index]
    if (refused === undefined || !(result instanceof WrongExpectedRevision)) continue
    yield* appendMissing(refused).pipe(
      Effect.catchTag("RelayDiverged", (error) =>
        Effect.sync(() => diverged.set(error.stream, error)),
      ),
    )
  }
})

// A row that may stand anywhere in its stream is tried as the first of a new one.
const asWrite = (rows: Rows): StreamWrite => {
  const expected = rows[0]?.expectedRevision ?? -1
  return {
    stream: rows[0]?.stream ?? "",
    expectedRevision: expected < 0 ? "no_stream" : expected,
    events: rows.map(asEvent),
  }
}

const asEvent = (row: OutboxRow): NewEvent =>
  ({
    type: row.type,
    id: row.eventId,
    data: JSON.parse(row.data),
    metadata: JSON.parse(row.metadata),
  }) as NewEvent // a row was written from a typed announcement by `makeOutbox`

/** Appends those of the rows that the stream does not hold yet, wherever the stream is by now. */
const appendMissing: (
  rows: Rows,
) => Effect.Effect<void, EventLogUnavailable | RelayDiverged, EventLog> = Effect.fnUntraced(
  function* (rows: Rows) {
    const log = yield* EventLog
    const { head, present } = yield* readFrom(rows)
    const missing = rows.filter((row) => !present.has(row.eventId))
    const [first] = missing
    if (first === undefined) return
    const { stream, eventId, expectedRevision: next } = first
    if (next !== null && next !== head) {
      return yield* new RelayDiverged({
        stream,
        eventId,
        reason: `it belongs after revision ${next}, but the stream is at ${head} and does not hold it`,
      })
    }
    const expectedRevision = head < 0 ? "no_stream" : head
    const appended = yield* Effect.result(
      log.append({ stream, expectedRevision, events: missing.map(asEvent) }),
    )
    if (appended._tag === "Success") return
    if (!(appended.failure instanceof WrongExpectedRevision)) return yield* appended.failure
    if (appended.failure.actual !== expectedRevision) return yield* appendMissing(rows)
    return yield* new RelayDiverged({
      stream,
      eventId,
      reason: "the log holds it, or one after it, in another stream",
    })
  },
)

/** Where the stream of some rows is now, and the ids that stand where the rows belong or after. */
const readFrom = Effect.fnUntraced(function* (
  rows: Rows,
): Effect.fn.Return<
  { readonly head: number; readonly present: ReadonlySet<string> },
  EventLogUnavailable,
  EventLog
> {
  const log = yield* EventLog
  const stream = rows[0]?.stream ?? ""
  const [newest] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  const present = new Set<string>()
  let head = newest?.revision ?? -1
  let from = (rows[0]?.expectedRevision ?? -1) + 1
  while (true) {
    const page = yield* log.readStream(stream, { direction: "forwards", from, limit: pageSize })
    for (const event of page) present.add(event.id)
    head = Math.max(head, page.at(-1)?.revision ?? head)
    from += page.length
    if (page.length < pageSize) return { head, present }
  }
})
