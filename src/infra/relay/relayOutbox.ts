import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { NewEvent } from "../../domain/events.ts"
import type { EventId } from "../../domain/ids.ts"
import {
  EventLog,
  type EventLogUnavailable,
  type StreamWrite,
  WrongExpectedRevision,
} from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"

/** The log says something else than this read model where both speak of the same announcement. */
export class RelayDiverged extends Schema.TaggedError<RelayDiverged>()("RelayDiverged", {
  stream: Schema.String,
  eventId: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    return `announcement ${this.eventId} does not fit stream ${this.stream}: ${this.reason}`
  }
}

interface OutboxRow {
  readonly no: number
  readonly stream: string
  readonly expectedRevision: number | null
  readonly id: EventId
  readonly type: NewEvent["type"]
  readonly data: string
  readonly metadata: string
}

const pageSize = 1000

/**
 * Appends what stands in the outbox to the log, once each, and clears it; answers how many rows.
 * Any number of processes may do this at once: ids and revisions are exact, so whoever comes
 * second finds the event already there and only clears the row.
 */
export const relayOutbox: Effect.Effect<
  number,
  EventLogUnavailable | ReadModelUnavailable | RelayDiverged,
  EventLog | ReadModel
> = Effect.gen(function* () {
  const log = yield* EventLog
  const readModel = yield* ReadModel
  let relayed = 0
  while (true) {
    const rows = yield* readModel.attempt("read the outbox", (database) =>
      database
        .prepare<[number], OutboxRow>(
          `SELECT outbox_no AS no, stream, expected_revision AS expectedRevision, event_id AS id,
                  type, data, metadata
             FROM outbox ORDER BY outbox_no LIMIT ?`,
        )
        .all(pageSize),
    )
    if (rows.length === 0) return relayed
    const streams = [...Map.groupBy(rows, (row) => row.stream).values()]
    const results = yield* log.appendMany(streams.map(asWrite))
    for (const [index, result] of results.entries()) {
      const refused = streams[index]
      if (refused !== undefined && result instanceof WrongExpectedRevision) {
        yield* appendMissing(refused)
      }
    }
    yield* readModel.attempt("clear the outbox", (database) => {
      const remove = database.prepare("DELETE FROM outbox WHERE outbox_no = ?")
      database
        .transaction(() => {
          for (const row of rows) remove.run(row.no)
        })
        .immediate()
    })
    relayed += rows.length
  }
})

type Rows = ReadonlyArray<OutboxRow>

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
    id: row.id,
    data: JSON.parse(row.data),
    metadata: JSON.parse(row.metadata),
  }) as NewEvent // a row was written from a typed announcement by `makeOutbox`

/** Appends those of the rows that the stream does not hold yet, wherever the stream is by now. */
const appendMissing: (
  rows: Rows,
) => Effect.Effect<void, EventLogUnavailable | RelayDiverged, EventLog> = Effect.fnUntraced(
  function* (rows: Rows) {
    const log = yield* EventLog
    const [first] = rows
    if (first === undefined) return
    const from = (first.expectedRevision ?? -1) + 1
    const present = new Set<string>()
    let head = from - 1
    while (true) {
      const page = yield* log.readStream(first.stream, {
        direction: "forwards",
        from: head + 1,
        limit: pageSize,
      })
      for (const event of page) present.add(event.id)
      head = page.at(-1)?.revision ?? head
      if (page.length < pageSize) break
    }
    const missing = rows.filter((row) => !present.has(row.id))
    if (missing.length === 0) return
    const next = missing[0]?.expectedRevision
    if (next !== null && next !== undefined && next !== head) {
      return yield* new RelayDiverged({
        stream: first.stream,
        eventId: missing[0]?.id ?? "",
        reason: `it belongs after revision ${next}, but the stream is at ${head} and does not hold it`,
      })
    }
    const appended = yield* Effect.result(
      log.append({
        stream: first.stream,
        expectedRevision: head < 0 ? "no_stream" : head,
        events: missing.map(asEvent),
      }),
    )
    if (appended._tag === "Success") return
    if (appended.failure instanceof WrongExpectedRevision) return yield* appendMissing(rows)
    return yield* appended.failure
  },
)
