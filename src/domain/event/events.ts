import * as Schema from "effect/Schema"
import { Capture } from "../capture/capture.ts"
import { ReusePolicy } from "../finding/policy.ts"
import {
  FindingAcknowledged,
  FindingLabelled,
  FindingMuted,
  FindingNoted,
  FindingUnlabelled,
  FindingUnmuted,
} from "../finding/triage.ts"
import { SecretDigest } from "../secret/secretDigest.ts"
import { Fingerprint } from "../session/fingerprint.ts"
import { AttackerUuid, EventId, FindingId } from "./ids.ts"
import type { Position } from "./position.ts"
import { Timestamp } from "./timestamp.ts"

/** An address from which a capture came for the first time, and the UUID minted for it. */
const AttackerObserved = Schema.Struct({
  observedAt: Timestamp,
  attackerIp: Schema.String,
  attackerUuid: AttackerUuid,
})

/** Somebody outside says whose address this is. The first such word about an address stands. */
export const AttackerIdentified = Schema.Struct({
  identifiedAt: Timestamp,
  attackerIp: Schema.String,
  attackerUuid: AttackerUuid,
})
export type AttackerIdentified = typeof AttackerIdentified.Type

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Target = Schema.Struct({ decky: Schema.String, service: Schema.String })
const Attacker = Schema.Struct({ ip: Schema.String, uuid: AttackerUuid })

/** Lists of what was added are cut at this many; the full count is given next to them. */
export const addedListLimit = 50

const reuseChange = {
  findingId: FindingId,
  version: Count,
  observedAt: Timestamp,
  secretKind: Schema.String,
  secretDigest: Schema.String,
  principal: Schema.String,
  addedTargets: Schema.Array(Target),
  addedTargetCount: Count,
  addedAttackers: Schema.Array(Attacker),
  addedAttackerCount: Count,
  addedAttackerUuids: Schema.Array(AttackerUuid),
  targetCount: Count,
  attackerCount: Count,
  attemptCount: Count,
  firstSeen: Timestamp,
  lastSeen: Timestamp,
}

/**
 * A finding was opened, grew, or was reopened after it had been closed. `version` counts the changes
 * of a finding from 1, closings included. What was added since the version before is listed up to
 * {@link addedListLimit} with full counts next to them; `addedAttackerUuids` says who somebody
 * outside has recognised. The counts without "added" are the totals after this change.
 */
export const ReuseDetected = Schema.Struct({
  ...reuseChange,
  change: Schema.Literals(["opened", "grew", "reopened"]),
  confidence: Schema.Finite,
})
export type ReuseDetected = typeof ReuseDetected.Type

/**
 * A finding is closed by a new policy, which demands more targets than it has or excludes its secret.
 * What was added is what came since the version before.
 */
export const ReuseClosed = Schema.Struct({
  ...reuseChange,
  change: Schema.Literal("closed"),
  reason: Schema.Literals(["min-targets", "empty-secret", "excluded-kind", "excluded-secret"]),
})
export type ReuseClosed = typeof ReuseClosed.Type

/** A change of a finding that is announced. */
export type ReuseChange = ReuseDetected | ReuseClosed

/** The thresholds in force from here on. */
export const PolicyChanged = Schema.Struct({ changedAt: Timestamp, policy: ReusePolicy })
export type PolicyChanged = typeof PolicyChanged.Type

/**
 * Somebody lets a rebuilt generation of the read models take over that says something else than the
 * one before, for a reason: in which tables, in how many rows of how many.
 */
export const DifferenceAccepted = Schema.Struct({
  acceptedAt: Timestamp,
  acceptedBy: Schema.String,
  reason: Schema.String,
  generation: Count,
  position: Schema.String,
  tables: Schema.Array(
    Schema.Struct({
      table: Schema.String,
      liveRows: Count,
      rebuiltRows: Count,
      differingRows: Count,
    }),
  ),
})
export type DifferenceAccepted = typeof DifferenceAccepted.Type

/** The first event of a log: which index key the digests in it are made by. */
const KeysBound = Schema.Struct({ boundAt: Timestamp, indexKeyId: Schema.String })

/** Lists of digests are cut at this many; the full count is given next to them. */
export const digestListLimit = 1000

/** Somebody has looked at secrets: the user of the machine, by which command, and why if said. */
export const SecretRevealed = Schema.Struct({
  revealedAt: Timestamp,
  by: Schema.String,
  command: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  digests: Schema.Array(SecretDigest),
  digestCount: Count,
})
export type SecretRevealed = typeof SecretRevealed.Type

/** Secrets whose bytes are gone for good, with their data keys; what they were found in stays. */
export const SecretErased = Schema.Struct({
  erasedAt: Timestamp,
  by: Schema.String,
  command: Schema.String,
  reason: Schema.optionalKey(Schema.String),
  digests: Schema.Array(SecretDigest),
  digestCount: Count,
})
export type SecretErased = typeof SecretErased.Type

/**
 * What is no longer stored: `secrets`, the bytes of secrets and rejected lines in one data directory, or
 * `mail-addresses`, the part of principals before the @, in every data directory that uses this log.
 */
export const Kept = Schema.Literals(["secrets", "mail-addresses"])
export type Kept = typeof Kept.Type

/** Something is no longer stored from this point on: who decided it, and with which command. */
const KeepingEnded = Schema.Struct({
  endedAt: Timestamp,
  by: Schema.String,
  command: Schema.String,
  kept: Kept,
})

/** The event types this version knows, each with the shape of its data. */
export const eventSchemas = {
  "credential.captured": Capture,
  "attacker.observed": AttackerObserved,
  "attacker.identified": AttackerIdentified,
  "credential.reuse.detected": ReuseDetected,
  "credential.reuse.closed": ReuseClosed,
  "reuse.policy.changed": PolicyChanged,
  "attacker.fingerprinted": Fingerprint,
  "readmodel.difference.accepted": DifferenceAccepted,
  "keys.bound": KeysBound,
  "secret.revealed": SecretRevealed,
  "secret.erased": SecretErased,
  "keeping.ended": KeepingEnded,
  "finding.acknowledged": FindingAcknowledged,
  "finding.muted": FindingMuted,
  "finding.unmuted": FindingUnmuted,
  "finding.noted": FindingNoted,
  "finding.labelled": FindingLabelled,
  "finding.unlabelled": FindingUnlabelled,
} as const

export type EventType = keyof typeof eventSchemas
type Data = { readonly [T in EventType]: (typeof eventSchemas)[T]["Type"] }

/**
 * Where in which file a capture stood: `line` from 1. Not at which byte, since the length of a line
 * gives away how long the password in it is.
 */
const Provenance = Schema.Struct({ file: Schema.String, line: Count })

/**
 * What is known about an event besides what it says. `$causationId` and `$correlationId` are
 * EventStoreDB's own names: the event that caused this one, and the one that began the chain.
 * `recordedAt` stands in events that were copied from another log: when that one recorded them.
 */
export const Metadata = Schema.Struct({
  schemaVersion: Schema.Int,
  $causationId: Schema.optionalKey(EventId),
  $correlationId: Schema.optionalKey(EventId),
  source: Schema.optionalKey(Provenance),
  recordedAt: Schema.optionalKey(Timestamp),
})
export type Metadata = typeof Metadata.Type

/** The schema version that events are written in. */
export const schemaVersion = 2

/** An event about to be appended. */
export type NewEvent = {
  readonly [T in EventType]: {
    readonly type: T
    readonly id: EventId
    readonly data: Data[T]
    readonly metadata: Metadata
  }
}[EventType]

/**
 * An event as a log gives it back: not yet decoded. `revision` counts within the stream from 0;
 * `recordedAt` is the log's own clock, in milliseconds since 1970. `data` that is not JSON comes
 * as the raw text.
 */
export interface RecordedEvent {
  readonly position: Position
  readonly stream: string
  readonly revision: number
  readonly id: EventId
  readonly type: string
  readonly recordedAt: number
  readonly data: unknown
  readonly metadata: unknown
}

/** A recorded event that has been decoded. */
export type DecodedEvent = {
  readonly [T in EventType]: {
    readonly type: T
    readonly data: Data[T]
    readonly recorded: RecordedEvent
  }
}[EventType]
