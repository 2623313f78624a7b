import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { DecodedEvent, NewEvent, RecordedEvent } from "../../../src/domain/event/events.ts"
import { EventLog, type EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import { captured } from "../../projections/captureEvents.ts"

/** Captures of a few credentials on a few hosts: every finding opens soon and goes on growing. */
export const captures = (count: number): ReadonlyArray<DecodedEvent> =>
  Array.from({ length: count }, (_, n) =>
    captured({
      decky: `decky-${n % 5}`,
      ip: `192.0.2.${(n % 17) + 1}`,
      password: `tin-${n % 7}`,
    }),
  )

/** Appends events to the ends of their streams, in this order. */
export const append = (
  events: ReadonlyArray<DecodedEvent>,
): Effect.Effect<void, EventLogUnavailable, EventLog> =>
  EventLog.use((log) =>
    Effect.gen(function* () {
      for (let start = 0, end = 0; start < events.length; start = end) {
        const stream = events[start]?.recorded.stream ?? ""
        while (events[end]?.recorded.stream === stream) end++
        const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
        const expectedRevision = last?.revision ?? "no_stream"
        const written = events.slice(start, end).map(({ recorded }) => asNew(recorded))
        yield* log
          .append({ stream, expectedRevision, events: written })
          .pipe(Effect.catchTag("WrongExpectedRevision", Effect.die))
      }
    }),
  )

const asNew = ({ type, id, data, metadata }: RecordedEvent): NewEvent =>
  ({ type, id, data, metadata }) as NewEvent // it was built from a decoded event

/** All events of the log. */
export const wholeLog: Effect.Effect<
  ReadonlyArray<RecordedEvent>,
  EventLogUnavailable,
  EventLog
> = EventLog.use((log) => log.readAll({ direction: "forwards", limit: 1_000_000 }))

/** Makes an event of the log say something else, as a broken writer or a repair may have done. */
export const rewrite = (data: string, eventId: string, text: string): Effect.Effect<void> =>
  Effect.sync(() => {
    const database = new Sqlite(join(data, "log.sqlite"))
    const { changes } = database
      .prepare("UPDATE events SET data = ? WHERE event_id = unhex(replace(?, '-', ''))")
      .run(text, eventId)
    database.close()
    if (changes !== 1) throw new Error(`event ${eventId} is not in the log`)
  })
