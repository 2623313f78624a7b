import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { Timestamp } from "../../domain/event/timestamp.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { actNow, erasedOnRecord, recordErasure, recordKeepingEnded } from "./auditTrail.ts"
import { SecretVault, type SecretVaultUnavailable } from "./SecretVault.ts"

/** An act as it is kept until it is on record. */
export const StoredAct = Schema.fromJsonString(
  Schema.Struct({
    at: Timestamp,
    by: Schema.String,
    command: Schema.String,
    reason: Schema.optionalKey(Schema.String),
  }),
)

/**
 * From here on no bytes are kept in this data directory; who said so first is on record. Those that
 * are there stay until they are erased.
 */
export const endKeeping = Effect.fn("endKeeping")(function* (command: string) {
  const vault = yield* SecretVault
  yield* vault.keepNoBytes(
    yield* Effect.orDie(Schema.encodeEffect(StoredAct)(yield* actNow({ command }))),
  )
  yield* settleErasures
})

/**
 * Lets the vault and the log agree on what was erased, and that no bytes are kept. What the vault has
 * done and the log does not say, because the process was killed in between, is put on record; what the
 * log says, because it was erased on another machine, is erased here.
 */
export const settleErasures: Effect.Effect<
  void,
  EventLogUnavailable | SecretVaultUnavailable,
  EventLog | SecretVault
> = Effect.gen(function* () {
  const vault = yield* SecretVault
  for (const { act, digests } of yield* vault.unrecorded) {
    yield* recordErasure(digests, yield* Effect.orDie(Schema.decodeEffect(StoredAct)(act)))
    yield* vault.markRecorded(digests)
  }
  const ended = yield* vault.unrecordedEnd
  if (ended !== undefined) {
    yield* recordKeepingEnded(yield* Effect.orDie(Schema.decodeEffect(StoredAct)(ended)))
    yield* vault.markEndRecorded
  }
  const read = yield* vault.recordRead
  const { digests, next } = yield* erasedOnRecord(read)
  if (digests.length > 0) yield* vault.erase(digests)
  if (next !== read) yield* vault.markRecordRead(next)
})

/** The same again and again: another machine may erase at any time. */
export const keepErasuresSettled = settleErasures.pipe(
  // A log that is away, or a vault that is busy, is asked again.
  Effect.ignore,
  Effect.repeat(Schedule.spaced("30 seconds")),
)
