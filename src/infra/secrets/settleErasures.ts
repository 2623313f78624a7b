import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import { Timestamp } from "../../domain/event/timestamp.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { erasedOnRecord, recordErasure } from "./auditTrail.ts"
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
 * Lets the vault and the log agree on what was erased. What the vault has erased and the log does not
 * say, because the process was killed in between, is put on record; what the log says, because it was
 * erased on another machine, is erased here.
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
