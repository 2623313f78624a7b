import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import type { Kept } from "../../domain/event/events.ts"
import { Timestamp } from "../../domain/event/timestamp.ts"
import type { TriedSecret } from "../../domain/secret/secret.ts"
import type { SecretDigest } from "../../domain/secret/secretDigest.ts"
import { mentionsAny } from "../../domain/secret/withoutSecret.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { IngestStore, type IngestStoreUnavailable } from "../ingest/IngestStore.ts"
import {
  type Act,
  actNow,
  onRecord,
  recordErasure,
  recordKeepingEnded,
} from "../secrets/auditTrail.ts"
import { SecretVault, type SecretVaultUnavailable } from "../secrets/SecretVault.ts"

/** An act as stored in the vault until it is recorded in the log. */
const StoredAct = Schema.fromJsonString(
  Schema.Struct({
    at: Timestamp,
    by: Schema.String,
    command: Schema.String,
    reason: Schema.optionalKey(Schema.String),
  }),
)

const storedAct = (act: Act): Effect.Effect<string> =>
  Effect.orDie(Schema.encodeEffect(StoredAct)(act))
const readAct = (stored: string): Effect.Effect<Act> =>
  Effect.orDie(Schema.decodeEffect(StoredAct)(stored))

/**
 * Erases secrets and the rejected lines that mention them, and records it. If the process is killed,
 * {@link settleErasures} completes the erasure; only rejected lines may need it to be run again.
 */
export const erase = Effect.fn("erase")(function* (
  digests: ReadonlyArray<SecretDigest>,
  bytes: ReadonlyArray<TriedSecret>,
  act: Act,
) {
  const vault = yield* SecretVault
  // Rejected lines can be matched only while the bytes are still known.
  yield* eraseLines(bytes)
  yield* vault.erase(digests, yield* storedAct(act))
  yield* settleErasures
})

/**
 * Stops storing something from now on, and records who decided it first. Bytes already stored stay
 * until they are erased.
 */
export const endKeeping = Effect.fn("endKeeping")(function* (
  command: string,
  kinds: ReadonlyArray<Kept>,
) {
  if (kinds.length === 0) return
  const vault = yield* SecretVault
  const act = yield* storedAct(yield* actNow({ command }))
  for (const kept of kinds) yield* vault.endKeeping(kept, act)
  yield* settleErasures
})

/**
 * Synchronises the vault with the log. Erasures that a killed process did not record are recorded;
 * erasures recorded by other machines are carried out here. Nothing is recorded, or marked as read,
 * before its bytes are overwritten.
 */
export const settleErasures: Effect.Effect<
  void,
  EventLogUnavailable | SecretVaultUnavailable | IngestStoreUnavailable,
  EventLog | IngestStore | SecretVault
> = Effect.gen(function* () {
  const vault = yield* SecretVault
  const store = yield* IngestStore
  const scrub = Effect.andThen(vault.scrub, store.scrub)
  const ours = new Set<SecretDigest>()
  const unrecorded = yield* vault.unrecorded
  if (unrecorded.length > 0) yield* scrub
  for (const { act, digests } of unrecorded) {
    yield* recordErasure(digests, yield* readAct(act))
    yield* vault.markRecorded(digests)
    for (const digest of digests) ours.add(digest)
  }
  for (const { kept, act } of yield* vault.unrecordedEnds) {
    yield* recordKeepingEnded(kept, yield* readAct(act))
    yield* vault.markEndRecorded(kept)
  }
  const read = yield* vault.recordRead
  const { erased, endsMailAddresses, next } = yield* onRecord(read)
  if (endsMailAddresses) yield* vault.markEndRecorded("mail-addresses")
  const theirs = erased.filter((digest) => !ours.has(digest))
  if (theirs.length > 0) {
    yield* eraseLines(yield* bytesOf(theirs))
    yield* vault.erase(theirs)
    yield* scrub
  }
  if (next !== read) yield* vault.markRecordRead(next)
})

/** Repeats {@link settleErasures}: another machine may erase at any time. */
export const keepErasuresSettled = settleErasures.pipe(
  // If the log is unreachable or the vault busy, try again next time.
  Effect.ignore,
  Effect.repeat(Schedule.spaced("30 seconds")),
)

const bytesOf = Effect.fnUntraced(function* (digests: ReadonlyArray<SecretDigest>) {
  const vault = yield* SecretVault
  const bytes: Array<TriedSecret> = []
  for (const digest of digests) {
    const opened = yield* vault.open(digest)
    if (typeof opened !== "string") bytes.push({ kind: "", ...opened })
  }
  return bytes
})

const emptyLine = new Uint8Array()

const eraseLines = Effect.fnUntraced(function* (secrets: ReadonlyArray<TriedSecret>) {
  if (secrets.length === 0) return
  const store = yield* IngestStore
  const isMeant = yield* mentioning(secrets)
  yield* store.rewriteRejects((sealed) => (isMeant(sealed) ? emptyLine : undefined))
})

/** How many rejected lines mention one of these secrets. */
export const countLines = Effect.fnUntraced(function* (secrets: ReadonlyArray<TriedSecret>) {
  const store = yield* IngestStore
  const isMeant = yield* mentioning(secrets)
  let count = 0
  const pageSize = 500
  for (let offset = 0; ; offset += pageSize) {
    const page = yield* store.rejects(pageSize, offset)
    count += page.filter(({ bytes }) => isMeant(bytes)).length
    if (page.length < pageSize) return count
  }
})

const mentioning = Effect.fnUntraced(function* (secrets: ReadonlyArray<TriedSecret>) {
  const { openLine } = yield* SecretVault
  const mentions = mentionsAny(secrets)
  return (sealed: Uint8Array): boolean => {
    const line = openLine(sealed)
    if (typeof line === "string") return false
    const bytes = Buffer.from(line)
    return mentions(bytes.toString("utf8")) || mentions(bytes.toString("latin1"))
  }
})
