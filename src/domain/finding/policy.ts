import * as Schema from "effect/Schema"

/**
 * When the reuse of a credential is a finding, and how much of its growth is announced.
 *
 * - `minTargets`: distinct (decky, service) pairs that open a finding; at least 2.
 * - `excludeEmpty`: whether an empty secret never makes a finding.
 * - `excludedKinds`: kinds of secret whose bytes depend on a challenge made for one connection,
 *   so that equal passwords give unequal bytes and equal bytes mean nothing.
 * - `excludedSecrets`: digests of secrets that are too common to tell anything.
 * - `attackersAnnounced`: new attackers are announced one by one up to this many, and after that
 *   each time their number has doubled.
 * - `followedFromBits`: how surprising a secret has to be for growth to be announced like this; other
 *   findings are announced only when they have doubled. 0 follows all, 65 none.
 */
export const ReusePolicy = Schema.Struct({
  minTargets: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 1_000_000 })),
  excludeEmpty: Schema.Boolean,
  excludedKinds: Schema.Array(Schema.String),
  excludedSecrets: Schema.Array(Schema.String),
  attackersAnnounced: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })),
  followedFromBits: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 65 })),
})
export type ReusePolicy = typeof ReusePolicy.Type

/** What is in force until a `reuse.policy.changed` says otherwise. */
export const defaultPolicy: ReusePolicy = {
  minTargets: 2,
  excludeEmpty: true,
  excludedKinds: [
    "http_digest_md5",
    "mysql_native_password",
    "ntlmssp_v1",
    "ntlmssp_v2",
    "postgres_md5_challenge",
    "scram_sha1",
    "scram_sha256",
    "scram_unknown",
    "vnc_des_response",
  ],
  excludedSecrets: [],
  attackersAnnounced: 32,
  followedFromBits: 16,
}

/** A change to a list: add items, or replace all of it. */
export type ListChange =
  | { readonly add: ReadonlyArray<string> }
  | { readonly replaceBy: ReadonlyArray<string> }

/** The settings to change; those left out keep their value. */
export interface PolicyChange {
  readonly minTargets?: number | undefined
  readonly excludeEmpty?: boolean | undefined
  readonly attackersAnnounced?: number | undefined
  readonly followedFromBits?: number | undefined
  readonly excludedKinds?: ListChange | undefined
  readonly excludedSecrets?: ListChange | undefined
}

/** Applies a change. Lists are sorted and deduplicated, so that equal policies compare equal. */
export const changedPolicy = (policy: ReusePolicy, change: PolicyChange): ReusePolicy => ({
  minTargets: change.minTargets ?? policy.minTargets,
  excludeEmpty: change.excludeEmpty ?? policy.excludeEmpty,
  excludedKinds: changedList(policy.excludedKinds, change.excludedKinds),
  excludedSecrets: changedList(policy.excludedSecrets, change.excludedSecrets),
  attackersAnnounced: change.attackersAnnounced ?? policy.attackersAnnounced,
  followedFromBits: change.followedFromBits ?? policy.followedFromBits,
})

const changedList = (
  list: ReadonlyArray<string>,
  change: ListChange | undefined,
): ReadonlyArray<string> => {
  if (change === undefined) return list
  return [...new Set("add" in change ? [...list, ...change.add] : change.replaceBy)].sort()
}

/** Why reuse of a secret makes no finding under a policy. */
export type Exclusion = "absent" | "empty-secret" | "excluded-kind" | "excluded-secret"

/** Why reuse of this secret makes no finding; `undefined` where it may. An absent one never does. */
export const exclusionOf = (
  policy: ReusePolicy,
  secret: ComparedSecret | null,
): Exclusion | undefined => {
  if (secret === null) return "absent"
  if (policy.excludeEmpty && secret.lengthClass === "0") return "empty-secret"
  if (policy.excludedKinds.includes(secret.kind)) return "excluded-kind"
  return policy.excludedSecrets.includes(secret.digest) ? "excluded-secret" : undefined
}

/** Whether reuse of this secret may make a finding. */
export const isComparable = (policy: ReusePolicy, secret: ComparedSecret | null): boolean =>
  exclusionOf(policy, secret) === undefined

/** What of a secret a policy looks at. */
export interface ComparedSecret {
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}
