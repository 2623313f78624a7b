import type { Database } from "better-sqlite3"
import * as Schema from "effect/Schema"
import { beginning, type Position } from "../../domain/event/position.ts"
import { defaultPolicy, isComparable, ReusePolicy } from "../../domain/finding/policy.ts"

/** A policy and where it was in force: from an event on, until another. */
export interface Rule {
  readonly policy: ReusePolicy
  readonly from: Position
  /** `undefined`: it still is. */
  readonly until: Position | undefined
}

/** What decides whether a reuse key is a finding. */
export interface Judged {
  readonly secret: Parameters<typeof isComparable>[1]
  /** After which position nothing becomes of it, because it was set aside. */
  readonly quarantinedSince: Position | undefined
  /** How many of its targets the log had brought before a position; all of them without one. */
  readonly targetsBefore: (position: Position | undefined) => number
}

/** A policy that has been in force from the beginning. */
export const always = (policy: ReusePolicy): ReadonlyArray<Rule> => [
  { policy, from: beginning, until: undefined },
]

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(ReusePolicy))

/** The policies of history itself, in order. */
export const rulesOfHistory = (db: Database): ReadonlyArray<Rule> => {
  const changes = db
    .prepare<[], { position: Position; policy: string }>(
      "SELECT position, policy FROM policies ORDER BY position",
    )
    .all()
  const starts = [
    { from: beginning, policy: defaultPolicy },
    ...changes.map(({ position, policy }) => ({ from: position, policy: decode(policy) })),
  ]
  return starts.map((start, n) => ({ ...start, until: starts[n + 1]?.from }))
}

/**
 * Whether a replay under these rules makes a finding of a key. Targets only ever become more, so it
 * opens under a policy if it has enough of them by the end of it; and what has opened stays open.
 */
export const isFinding = (rules: ReadonlyArray<Rule>, key: Judged): boolean =>
  rules.some(
    ({ policy, from, until }) =>
      isComparable(policy, key.secret) &&
      !(key.quarantinedSince !== undefined && key.quarantinedSince < from) &&
      key.targetsBefore(until) >= policy.minTargets,
  )
