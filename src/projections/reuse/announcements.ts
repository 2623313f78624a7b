import type { Database } from "better-sqlite3"
import { unknownService } from "../../domain/capture/service.ts"
import {
  addedListLimit,
  type RecordedEvent,
  type ReuseChange,
  type ReuseClosed,
  type ReuseDetected,
} from "../../domain/event/events.ts"
import { type AttackerUuid, factEventId, mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { announced, exactMatchConfidence, type FindingState } from "../../domain/finding/finding.ts"
import type { Announcement } from "../outbox.ts"
import type { Entities, Target } from "./entities.ts"
import type { KeyDelta } from "./KeyDelta.ts"

/** Makes the data of `credential.reuse.detected` and `credential.reuse.closed`. */
export interface DescribeReuse {
  readonly detected: (
    delta: KeyDelta,
    change: ReuseDetected["change"],
    state: FindingState,
    observedAt: Timestamp,
    uuids: ReadonlyArray<AttackerUuid>,
  ) => ReuseDetected
  readonly closed: (
    delta: KeyDelta,
    reason: ReuseClosed["reason"],
    state: FindingState,
    observedAt: Timestamp,
  ) => ReuseClosed
}

/**
 * Everything up to `state` is announced then: what was added is all that the announcements before
 * left out, named up to the limit of a list, first from the tables, by ordinal, then from the batch.
 * The tables are read only when something unannounced stands there, which is at the opening of a
 * finding and when its attackers have doubled, so the cost per attacker stays constant.
 */
export const makeDescribeReuse = (db: Database, entities: Entities): DescribeReuse => {
  const stored = (pairs: "target" | "attacker") =>
    db
      .prepare<[number, number, number], number>(
        `SELECT ${pairs}_no FROM finding_${pairs}s WHERE finding_no = ? AND ordinal > ?
          ORDER BY ordinal LIMIT ?`,
      )
      .pluck()
  const storedTargets = stored("target")
  const storedAttackers = stored("attacker")

  const knownServiceOn = db
    .prepare<[number, string, string], string>(
      `SELECT service FROM finding_targets JOIN targets USING (target_no)
        WHERE finding_no = ? AND decky = ? AND service <> ? ORDER BY since LIMIT 1`,
    )
    .pluck()

  /** The service of a target; an unknown one is replaced by the first known one of the decky. */
  const service = ({ findingNo, targets }: KeyDelta, target: Target): string => {
    if (target.service !== unknownService) return target.service
    const isKnown = ({ decky, service }: Target): boolean =>
      decky === target.decky && service !== unknownService
    return (
      knownServiceOn.get(findingNo, target.decky, unknownService) ??
      targets.items.find(({ name }) => isKnown(name))?.name.service ??
      target.service
    )
  }

  const addedTargets = (delta: KeyDelta, { targetCount, announcedTargets }: FindingState) => {
    const { findingNo, newTargets } = delta
    return added(
      announcedTargets,
      targetCount - newTargets.length,
      () => storedTargets.all(findingNo, announcedTargets, addedListLimit),
      entities.targetByNo,
      newTargets,
    ).map((target) => ({ decky: target.decky, service: service(delta, target) }))
  }

  const addedAttackers = (
    { findingNo, newAttackers }: KeyDelta,
    { attackerCount, announcedAttackers }: FindingState,
  ) =>
    added(
      announcedAttackers,
      attackerCount - newAttackers.length,
      () => storedAttackers.all(findingNo, announcedAttackers, addedListLimit),
      entities.attackerByNo,
      newAttackers,
    ).map(({ ip, uuid }) => ({ ip, uuid }))

  const describe = <Change extends ReuseChange["change"]>(
    delta: KeyDelta,
    change: Change,
    state: FindingState,
    observedAt: Timestamp,
    uuids: ReadonlyArray<AttackerUuid>,
  ) => ({
    findingId: delta.id,
    change,
    version: announced(state).version,
    observedAt,
    secretKind: delta.key.secretKind,
    secretDigest: delta.key.secretDigest,
    principal: delta.key.principal,
    addedTargets: addedTargets(delta, state),
    addedTargetCount: state.targetCount - state.announcedTargets,
    addedAttackers: addedAttackers(delta, state),
    addedAttackerCount: state.attackerCount - state.announcedAttackers,
    addedAttackerUuids: uuids,
    targetCount: state.targetCount,
    attackerCount: state.attackerCount,
    attemptCount: state.attemptCount,
    firstSeen: state.firstSeen,
    lastSeen: state.lastSeen,
  })

  return {
    detected: (delta, change, state, observedAt, uuids) => ({
      ...describe(delta, change, state, observedAt, uuids),
      confidence: exactMatchConfidence,
    }),
    closed: (delta, reason, state, observedAt) => ({
      ...describe(delta, "closed", state, observedAt, []),
      reason,
    }),
  }
}

const added = <Named>(
  announced: number,
  stored: number,
  fromTables: () => ReadonlyArray<number>,
  byNo: (no: number) => Named,
  fresh: ReadonlyArray<Named>,
): ReadonlyArray<Named> => {
  const before = announced < stored ? fromTables().map(byNo) : []
  const from = Math.max(0, announced - stored)
  return [...before, ...fresh.slice(from, from + addedListLimit - before.length)]
}

/** The announcement of it: the n-th of a finding is the n-th event of the finding's stream. */
export const reuseAnnouncement = (change: ReuseChange, cause: RecordedEvent): Announcement => {
  const type = change.change === "closed" ? "credential.reuse.closed" : "credential.reuse.detected"
  return {
    stream: `reuse-${change.findingId}`,
    expectedRevision: change.version - 2,
    id: factEventId(type, change.findingId, String(change.version)),
    type,
    data: change,
    causedBy: cause.id,
  }
}

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
