import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type { DecodedEvent } from "../../../domain/event/events.ts"
import type { DeadLetter } from "../../../projections/deadLetters.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"

/**
 * Reads the event of a dead letter from the log again and decodes it. The failure is the reason why
 * it still cannot be folded; an event of an unknown type is `undefined`.
 */
export const decodeDeadLetter = Effect.fnUntraced(function* ({
  stream,
  revision,
  eventId,
}: DeadLetter): Effect.fn.Return<
  Result.Result<DecodedEvent | undefined, string>,
  EventLogUnavailable,
  EventLog
> {
  const log = yield* EventLog
  const [recorded] = yield* log.readStream(stream, {
    direction: "forwards",
    from: revision,
    limit: 1,
  })
  return recorded === undefined || recorded.id !== eventId
    ? Result.fail("the log does not hold it any more")
    : Result.mapError(decodeEvent(recorded), ({ reason }) => reason)
})
