import type { RecordedEvent, ReuseDetected } from "../../domain/event/events.ts"
import { type AttackerUuid, factEventId, mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { announced, exactMatchConfidence, type FindingState } from "../../domain/finding/finding.ts"
import type { Announcement } from "../outbox.ts"
import type { Added } from "./added.ts"
import type { KeyFold } from "./KeyFold.ts"

/**
 * The data of `credential.reuse.detected` for a finding in which everything up to `state` is now
 * announced: what was added is all that the announcements before left unsaid.
 */
export const detectedEvent = (
  fold: KeyFold,
  change: ReuseDetected["change"],
  state: FindingState,
  observedAt: Timestamp,
  added: Added,
  uuids: ReadonlyArray<AttackerUuid>,
): ReuseDetected => ({
  findingId: fold.id,
  change,
  version: announced(state).version,
  observedAt,
  secretKind: fold.key.secretKind,
  secretDigest: fold.key.secretDigest,
  principal: fold.key.principal,
  addedTargets: added.targets(fold, state),
  addedTargetCount: state.targetCount - state.announcedTargets,
  addedAttackers: added.attackers(fold, state),
  addedAttackerCount: state.attackerCount - state.announcedAttackers,
  addedAttackerUuids: uuids,
  targetCount: state.targetCount,
  attackerCount: state.attackerCount,
  attemptCount: state.attemptCount,
  firstSeen: state.firstSeen,
  lastSeen: state.lastSeen,
  confidence: exactMatchConfidence,
})

/** The announcement of it: the n-th of a finding is the n-th event of the finding's stream. */
export const reuseAnnouncement = (detected: ReuseDetected, cause: RecordedEvent): Announcement => ({
  stream: `reuse-${detected.findingId}`,
  expectedRevision: detected.version - 2,
  id: factEventId("credential.reuse.detected", detected.findingId, String(detected.version)),
  type: "credential.reuse.detected",
  data: detected,
  causedBy: cause.id,
})

/** The announcement that an address was seen for the first time, with the UUID minted for it. */
export const observedAnnouncement = (
  attackerIp: string,
  observedAt: Timestamp,
  cause: RecordedEvent,
): Announcement => ({
  stream: `attacker-${attackerIp}`,
  expectedRevision: null,
  id: factEventId("attacker.observed", attackerIp),
  type: "attacker.observed",
  data: { observedAt, attackerIp, attackerUuid: mintedAttackerUuid(attackerIp) },
  causedBy: cause.id,
})
