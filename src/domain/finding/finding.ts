import type { Timestamp } from "../event/timestamp.ts"
import { type ComparedSecret, type Exclusion, exclusionOf, type ReusePolicy } from "./policy.ts"
import { unratedBits } from "./rank.ts"

/**
 * What is known of one reuse key: totals, and how much of them has been announced. Targets and
 * attackers are numbered from 1 in the order in which the log brought them, so "announced up to
 * n" says exactly which ones. `version` counts the announcements; 0 is not (yet) a finding. It is
 * `open` if the last of them did not close it.
 */
export interface FindingState {
  readonly version: number
  readonly open: boolean
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
  open: false,
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
  open: state.open,
  firstSeen: sighting.observedAt < state.firstSeen ? sighting.observedAt : state.firstSeen,
  lastSeen: sighting.observedAt > state.lastSeen ? sighting.observedAt : state.lastSeen,
  attemptCount: state.attemptCount + 1,
  targetCount: sighting.newTarget ? state.targetCount + 1 : state.targetCount,
  attackerCount: sighting.newAttacker ? state.attackerCount + 1 : state.attackerCount,
  announcedTargets: state.announcedTargets,
  announcedAttackers: state.announcedAttackers,
})

/**
 * Whether captures have come to something worth announcing: the finding `opened`, `grew`, or was
 * `reopened`, because it has reached the minimum of the policy that closed it.
 *
 * It opens when the targets reach the policy's minimum. How closely its growth is followed depends on
 * `bits`, how surprising its secret is; `null` if that was not rated. From the policy's threshold on,
 * every new target is announced, and new attackers one by one up to the policy's limit. Beyond these,
 * and for other secrets, growth is announced each time a number has doubled since the last announcement, so
 * that secrets that everybody tries do not flood the log.
 */
export const decide = (
  policy: ReusePolicy,
  comparable: boolean,
  bits: number | null,
  state: FindingState,
): "opened" | "grew" | "reopened" | undefined => {
  if (!comparable) return undefined
  if (!state.open) return state.targetCount >= policy.minTargets ? opening(state) : undefined
  const isFollowed = (bits ?? unratedBits) >= policy.followedFromBits
  const targets = isFollowed ? Number.POSITIVE_INFINITY : fewTargets
  const attackers = isFollowed ? policy.attackersAnnounced : 0
  const grew =
    hasGrown(state.targetCount, state.announcedTargets, targets) ||
    hasGrown(state.attackerCount, state.announcedAttackers, attackers)
  return grew ? "grew" : undefined
}

/** Up to this many, each new target of a finding is announced, whatever its secret. */
export const fewTargets = 4

const hasGrown = (count: number, announced: number, oneByOne: number): boolean =>
  count > announced && (count <= oneByOne || count >= 2 * announced)

/** What a new policy does to what is known; `undefined` if it leaves it open or closed as it is. */
export const judge = (
  policy: ReusePolicy,
  secret: ComparedSecret | null,
  state: Pick<FindingState, "version" | "open" | "targetCount">,
): { readonly change: "opened" | "reopened" } | Closing | undefined => {
  const reason =
    exclusionOf(policy, secret) ??
    (state.targetCount < policy.minTargets ? "min-targets" : undefined)
  if (reason === undefined) return state.open ? undefined : { change: opening(state) }
  return state.open && reason !== "absent" ? { change: "closed", reason } : undefined
}

interface Closing {
  readonly change: "closed"
  readonly reason: "min-targets" | Exclude<Exclusion, "absent">
}

const opening = ({ version }: Pick<FindingState, "version">): "opened" | "reopened" =>
  version === 0 ? "opened" : "reopened"

/** The state once everything known has been announced, in one more version, which may close it. */
export const announced = (state: FindingState, open = true): FindingState => ({
  ...state,
  version: state.version + 1,
  open,
  announcedTargets: state.targetCount,
  announcedAttackers: state.attackerCount,
})

/**
 * How sure it is that one secret was reused: 1, because captures belong to a finding only when
 * their secrets are equal byte for byte.
 */
export const exactMatchConfidence = 1
