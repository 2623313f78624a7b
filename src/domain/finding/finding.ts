import type { Timestamp } from "../event/timestamp.ts"
import type { ReusePolicy } from "./policy.ts"

/**
 * What is known of one reuse key: totals, and how much of them has been announced. Targets and
 * attackers are numbered from 1 in the order in which the log brought them, so "announced up to
 * n" says exactly which ones. `version` counts the announcements; 0 is not (yet) a finding.
 */
export interface FindingState {
  readonly version: number
  readonly firstSeen: Timestamp
  readonly lastSeen: Timestamp
  readonly attemptCount: number
  readonly targetCount: number
  readonly attackerCount: number
  readonly announcedTargets: number
  readonly announcedAttackers: number
}

/** What one capture means to its reuse key. */
export interface Sighting {
  readonly observedAt: Timestamp
  readonly newTarget: boolean
  readonly newAttacker: boolean
}

/** The first sighting of a reuse key. */
export const firstSighting = (observedAt: Timestamp, hasAttacker: boolean): FindingState => ({
  version: 0,
  firstSeen: observedAt,
  lastSeen: observedAt,
  attemptCount: 1,
  targetCount: 1,
  attackerCount: hasAttacker ? 1 : 0,
  announcedTargets: 0,
  announcedAttackers: 0,
})

/** The state after one more capture. Event time only: neither order nor clock of arrival shows. */
export const evolve = (state: FindingState, sighting: Sighting): FindingState => ({
  version: state.version,
  firstSeen: sighting.observedAt < state.firstSeen ? sighting.observedAt : state.firstSeen,
  lastSeen: sighting.observedAt > state.lastSeen ? sighting.observedAt : state.lastSeen,
  attemptCount: state.attemptCount + 1,
  targetCount: sighting.newTarget ? state.targetCount + 1 : state.targetCount,
  attackerCount: sighting.newAttacker ? state.attackerCount + 1 : state.attackerCount,
  announcedTargets: state.announcedTargets,
  announcedAttackers: state.announcedAttackers,
})

/**
 * Whether the state has come to something worth announcing: the finding `opened`, or `grew`.
 *
 * It opens when the targets reach the policy's minimum. After that every new target is announced;
 * new attackers one by one up to the policy's limit, and then each time they have doubled since
 * the last announcement, so that a popular secret does not flood the log.
 */
export const decide = (
  policy: ReusePolicy,
  comparable: boolean,
  state: FindingState,
): "opened" | "grew" | undefined => {
  if (!comparable) return undefined
  if (state.version === 0) return state.targetCount >= policy.minTargets ? "opened" : undefined
  if (state.targetCount > state.announcedTargets) return "grew"
  if (state.attackerCount === state.announcedAttackers) return undefined
  const oneByOne = state.attackerCount <= policy.attackersAnnounced
  return oneByOne || state.attackerCount >= 2 * state.announcedAttackers ? "grew" : undefined
}

/** The state once everything known has been announced, in one more version. */
export const announced = (state: FindingState): FindingState => ({
  ...state,
  version: state.version + 1,
  announcedTargets: state.targetCount,
  announcedAttackers: state.attackerCount,
})

/**
 * How sure it is that one secret was reused: 1, because captures belong to a finding only when
 * their secrets are equal byte for byte.
 */
export const exactMatchConfidence = 1
