import * as Schema from "effect/Schema"
import { FindingId } from "../event/ids.ts"
import { Timestamp } from "../event/timestamp.ts"

/** The longest note, reason or label, in characters. */
export const maxTriageText = 2000

const Text = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(maxTriageText))

/** What every decision about a finding says: which finding, when, and by whom. */
const decision = { findingId: FindingId, decidedAt: Timestamp, by: Schema.String }

/** Somebody has seen a finding: it leaves the queue until it changes. */
export const FindingAcknowledged = Schema.Struct(decision)
export type FindingAcknowledged = typeof FindingAcknowledged.Type

/** A finding is of no interest, for good or until a time: it leaves the queue unless it spreads. */
export const FindingMuted = Schema.Struct({
  ...decision,
  reason: Text,
  until: Schema.optionalKey(Timestamp),
})
export type FindingMuted = typeof FindingMuted.Type

/** A muted finding is of interest again. */
export const FindingUnmuted = Schema.Struct(decision)
export type FindingUnmuted = typeof FindingUnmuted.Type

/** Somebody has written something down about a finding. */
export const FindingNoted = Schema.Struct({ ...decision, note: Text })
export type FindingNoted = typeof FindingNoted.Type

/** A finding was given a label. */
export const FindingLabelled = Schema.Struct({ ...decision, label: Text })
export type FindingLabelled = typeof FindingLabelled.Type

/** A label was taken off a finding. */
export const FindingUnlabelled = Schema.Struct({ ...decision, label: Text })
export type FindingUnlabelled = typeof FindingUnlabelled.Type
