import type { Database } from "better-sqlite3"
import * as Schema from "effect/Schema"
import type { Position } from "../../domain/event/position.ts"
import { defaultPolicy, isComparable, ReusePolicy } from "../../domain/finding/policy.ts"

/** The policy that decides about a reuse key: for one in quarantine, the one in force when it was set aside. */
export type Rule = (quarantinedSince: Position | undefined) => ReusePolicy

/** What decides whether a reuse key is a finding. */
export interface Judged {
  readonly secret: Parameters<typeof isComparable>[1]
  /** After which position nothing becomes of it, because it was set aside. */
  readonly quarantinedSince: Position | undefined
  readonly targetCount: number
}

/** A policy that has been in force from the beginning. */
export const always =
  (policy: ReusePolicy): Rule =>
  () =>
    policy

const decode = Schema.decodeUnknownSync(Schema.fromJsonString(ReusePolicy))

/** The policies of history itself. */
export const ruleOfHistory = (db: Database): Rule => {
  const changes = db
    .prepare<[], { position: Position; policy: string }>(
      "SELECT position, policy FROM policies ORDER BY position",
    )
    .all()
    .map(({ position, policy }) => ({ position, policy: decode(policy) }))
  return (quarantinedSince) =>
    changes.findLast(
      ({ position }) => quarantinedSince === undefined || position <= quarantinedSince,
    )?.policy ?? defaultPolicy
}

/** Whether a key is an open finding at the end of a replay under this rule. */
export const isFinding = (rule: Rule, key: Judged): boolean => {
  const policy = rule(key.quarantinedSince)
  return isComparable(policy, key.secret) && key.targetCount >= policy.minTargets
}
