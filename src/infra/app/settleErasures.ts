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

/** An act as it is kept until it is on record. */
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
 * Erases secrets and the rejected lines that mention them, and puts it on record. A kill in between
 * leaves what {@link settleErasures} completes; only lines may be left to an erasure that is repeated.
 */
export const erase = Effect.fn("erase")(function* (
  digests: ReadonlyArray<SecretDigest>,
  bytes: ReadonlyArray<TriedSecret>,
  act: Act,
) {
  const vault = yield* SecretVault
  // What a rejected line mentions can be found only while the bytes are known.
  yield* eraseLines(bytes)
  yield* vault.erase(digests, yield* storedAct(act))
  yield* settleErasures
})

/**
 * From here on something is no longer kept; who said so first is on record. Bytes that are there stay
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
 * Lets the vault and the log agree on what was erased, and on what is no longer kept. What the vault has
 * done and the log does not say, because the process was killed in between, is put on record; what the
 * log says, because it was erased on another machine, is erased here. Nothing is on record, or noted as
 * read, before the last trace of it is overwritten.
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

/** The same again and again: another machine may erase at any time. */
export const keepErasuresSettled = settleErasures.pipe(
  // A log that is away, or a vault that is busy, is asked again.
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
