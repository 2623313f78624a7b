import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { type DecodedEvent, type EventType, eventSchemas, type RecordedEvent } from "./events.ts"
import { upcast } from "./upcast.ts"

/** An event of a known type whose data does not decode. */
export class PoisonEvent extends Schema.TaggedError<PoisonEvent>()("PoisonEvent", {
  position: Schema.String,
  eventId: Schema.String,
  type: Schema.String,
  stream: Schema.String,
  revision: Schema.Int,
  reason: Schema.String,
}) {
  override get message(): string {
    return `event ${this.eventId} (${this.type}) at ${this.position} does not decode: ${this.reason}`
  }
}

// Every schema describes the JSON as it is, so data that fits needs no decoding, which would copy
// it; only what is wrong with data that does not fit is worked out by decoding.
const decoders = new Map(
  Object.entries(eventSchemas).map(([type, schema]) => {
    const codec = schema as Schema.Codec<unknown> // paired with its type again below
    return [type, { fits: Schema.is(codec), decode: Schema.decodeUnknownResult(codec) }]
  }),
)

/**
 * The event in the shape of today, whatever version it was written in; `undefined` for types this
 * version does not know, which readers skip; a {@link PoisonEvent} where the data is broken.
 */
export const decodeEvent = (
  recorded: RecordedEvent,
): Result.Result<DecodedEvent | undefined, PoisonEvent> => {
  const decoder = decoders.get(recorded.type)
  if (decoder === undefined) return Result.succeed(undefined)
  const data = upcast(recorded.type, recorded.data, recorded.metadata)
  const decoded = decoder.fits(data) ? Result.succeed(data) : decoder.decode(data)
  if (Result.isFailure(decoded)) {
    return Result.fail(
      new PoisonEvent({
        position: recorded.position,
        eventId: recorded.id,
        type: recorded.type,
        stream: recorded.stream,
        revision: recorded.revision,
        reason: decoded.failure.message,
      }),
    )
  }
  const type = recorded.type as EventType // `decoders` has exactly the keys of `eventSchemas`
  return Result.succeed({ type, data: decoded.success, recorded } as DecodedEvent) // decoded by the schema of its type
}
