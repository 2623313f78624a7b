import type { ReusePolicy } from "../../../domain/policy.ts"

/** The policy for people: a line per rule, in the words of its options. */
export const policyText = (policy: ReusePolicy): string =>
  [
    `min-targets          ${policy.minTargets}`,
    `exclude-empty        ${policy.excludeEmpty}`,
    `attackers-announced  ${policy.attackersAnnounced}`,
    `exclude-kind         ${policy.excludedKinds.join("\n                     ") || "none"}`,
    `exclude-secret       ${policy.excludedSecrets.join("\n                     ") || "none"}`,
  ].join("\n")
