import * as Effect from "effect/Effect"
import type { NewEvent, RecordedEvent } from "../../domain/event/events.ts"
import { EventLog, type EventLogUnavailable, WrongExpectedRevision } from "../eventlog/EventLog.ts"

/**
 * Appends what an operator says to the end of a stream. `decide` sees the stream as it is and
 * answers with the event, or with `undefined` where there is nothing to say; if somebody else
 * appends in between, it is asked again. Answers whether an event was appended.
 */
export const appendFact = <E>(
  stream: string,
  decide: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<NewEvent | undefined, E>,
): Effect.Effect<boolean, E | EventLogUnavailable, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const events = yield* log.readStream(stream, { direction: "forwards", limit: mostFacts })
    const event = yield* decide(events)
    if (event === undefined) return false
    const result = yield* Effect.result(
      log.append({
        stream,
        expectedRevision: events.at(-1)?.revision ?? "no_stream",
        events: [event],
      }),
    )
    if (result._tag === "Success") return true
    if (!(result.failure instanceof WrongExpectedRevision)) return yield* result.failure
    return yield* appendFact(stream, decide)
  })

// Streams of facts are short: an operator decides them one by one.
const mostFacts = 100_000
