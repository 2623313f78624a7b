// Compiles the schemas of events, with which checking one costs a sixth. Before any is used.
import "effect/schema/SchemaJITCompiler/enable"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import {
  type DecodedEvent,
  type EventType,
  eventSchemas,
  type NewEvent,
  type RecordedEvent,
} from "./events.ts"
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

const decoders = new Map(
  Object.entries(eventSchemas).map(([type, schema]) => [
    type,
    Schema.decodeUnknownResult(schema as Schema.Codec<unknown>), // paired with its type again below
  ]),
)

/**
 * The event in the shape of today, whatever version it was written in; `undefined` for types this
 * version does not know, which readers skip; a {@link PoisonEvent} where the data is broken.
 */
export const decodeEvent = (
  recorded: RecordedEvent,
): Result.Result<DecodedEvent | undefined, PoisonEvent> => {
  const decode = decoders.get(recorded.type)
  if (decode === undefined) return Result.succeed(undefined)
  const decoded = decode(upcast(recorded.type, recorded.data, recorded.metadata))
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

const checks = new Map(
  Object.entries(eventSchemas).map(([type, schema]) => [
    type,
    Schema.is(schema as Schema.Codec<unknown>), // no schema of an event transforms anything
  ]),
)

/** Whether an event about to be appended will decode: the data is as the schema of its type says. */
export const isDecodable = ({ type, data }: NewEvent): boolean => checks.get(type)?.(data) === true
