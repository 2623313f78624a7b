import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PoisonEvent } from "../../domain/event/codec.ts"
import type { NewEvent, RecordedEvent } from "../../domain/event/events.ts"
import { EventLog, EventLogUnavailable, WrongExpectedRevision } from "../eventlog/EventLog.ts"
import { catchUp } from "../readmodel/catchUp.ts"
import { ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { RelayDiverged } from "../readmodel/relayOutbox.ts"

/** A fact is in the log, but the read models cannot catch up with it. */
export class NotCaughtUp extends Schema.TaggedError<NotCaughtUp>()("NotCaughtUp", {
  reason: Schema.Union([PoisonEvent, EventLogUnavailable, ReadModelUnavailable, RelayDiverged]),
}) {
  override get message(): string {
    return `it is in the log, but the read models cannot catch up: ${this.reason.message}`
  }
}

/**
 * Appends what an operator says to the end of a stream. `decide` sees the stream as it is and
 * returns the event, or `undefined` where there is nothing to say; if somebody else appends in
 * between, it is asked again. Returns whether an event was appended.
 */
export const appendFact = <E>(
  stream: string,
  decide: (events: ReadonlyArray<RecordedEvent>) => Effect.Effect<NewEvent | undefined, E>,
): Effect.Effect<boolean, E | EventLogUnavailable, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const events = yield* log.readStream(stream, { direction: "forwards", limit: maxFacts })
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
const maxFacts = 100_000

/** Brings the read models up to date with a fact that has been appended. */
export const catchUpWithFact = catchUp("stop").pipe(
  Effect.mapError((reason) => new NotCaughtUp({ reason })),
)
