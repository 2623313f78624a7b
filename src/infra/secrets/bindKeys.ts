import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeEvent } from "../../domain/event/codec.ts"
import { type NewEvent, schemaVersion } from "../../domain/event/events.ts"
import { factEventId } from "../../domain/event/ids.ts"
import { timestampFromMicros } from "../../domain/event/timestamp.ts"
import { EventLog, type EventLogUnavailable, WrongExpectedRevision } from "../eventlog/EventLog.ts"
import { type Keys, SecretKeys, type SecretKeysUnavailable } from "./SecretKeys.ts"

/** The stream whose first event says which keys a log was written with. */
export const keyStream = "keys"

/** The log was written with other keys than those at hand, or before there were any. */
export class KeysMismatch extends Schema.TaggedError<KeysMismatch>()("KeysMismatch", {
  location: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    return `the keys at hand are not those of the log at ${this.location}: ${this.reason}. Nothing was written`
  }
}

/**
 * Reads the keys and makes sure that the log was written with them; a log that is empty is bound to
 * them, and keys of our own are made only then. What digests mean in a log never changes: with other
 * keys the same password would be another secret.
 */
export const bindKeys: Effect.Effect<
  Keys,
  KeysMismatch | SecretKeysUnavailable | EventLogUnavailable,
  EventLog | SecretKeys
> = Effect.gen(function* () {
  const log = yield* EventLog
  const { read, readOrMake } = yield* SecretKeys
  const bound = yield* boundIndexKey
  if (bound !== undefined) {
    const keys = yield* read
    if (keys.indexId === bound) return keys
    return yield* mismatch(
      `it was written with index key ${bound}, at hand is ${keys.indexId}; bring its keys, in the directory keys of the data directory or by CREDTRAIL_KEY_FILE`,
    )
  }
  const [capture] = yield* log.readAll({
    direction: "forwards",
    limit: 1,
    types: ["credential.captured"],
  })
  if (capture !== undefined) {
    return yield* mismatch(
      "it was written by an unreleased version, which sealed no secrets; ingest the log files again into a new data directory, and delete this one",
    )
  }
  const keys = yield* readOrMake
  const millis = yield* Clock.currentTimeMillis
  const event: NewEvent = {
    type: "keys.bound",
    id: factEventId("keys.bound", keys.indexId),
    data: { boundAt: timestampFromMicros(millis * 1000), indexKeyId: keys.indexId },
    metadata: { schemaVersion },
  }
  const appended = yield* Effect.result(
    log.append({ stream: keyStream, expectedRevision: "no_stream", events: [event] }),
  )
  if (Result.isSuccess(appended)) return keys
  // Somebody else has just bound it: to the same keys, or not.
  if (appended.failure instanceof WrongExpectedRevision) return yield* bindKeys
  return yield* appended.failure
})

/** The id of the index key that the log was written with; `undefined` where it is not bound yet. */
export const boundIndexKey = Effect.gen(function* () {
  const log = yield* EventLog
  const [first] = yield* log.readStream(keyStream, { direction: "forwards", limit: 1 })
  if (first === undefined) return undefined
  const event = decodeEvent(first)
  return Result.isSuccess(event) && event.success?.type === "keys.bound"
    ? event.success.data.indexKeyId
    : yield* mismatch(`the first event of its stream "${keyStream}" says nothing of keys`)
})

const mismatch = Effect.fnUntraced(function* (reason: string) {
  const log = yield* EventLog
  const { location } = yield* log.health
  return yield* new KeysMismatch({ location, reason })
})
