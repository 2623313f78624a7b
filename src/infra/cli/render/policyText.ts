import type { ReusePolicy } from "../../../domain/finding/policy.ts"
import type { PolicyOutcome } from "../../app/changePolicy.ts"
import { visible } from "./visible.ts"
import { countText } from "./wording.ts"

/** The policy for people: a line per rule, in the words of its options. */
export const policyText = (policy: ReusePolicy): string =>
  [
    `min-targets          ${policy.minTargets}`,
    `exclude-empty        ${policy.excludeEmpty}`,
    `attackers-announced  ${policy.attackersAnnounced}`,
    `exclude-kind         ${listed(policy.excludedKinds)}`,
    `exclude-secret       ${listed(policy.excludedSecrets)}`,
  ].join("\n")

/** What became of a change: the policy in force now, and what it has opened. */
export const policyChangeText = ({ changed, policy, findingsOpened }: PolicyOutcome): string => {
  const told = changed
    ? `in force from here on; ${countText(findingsOpened, "finding")} opened`
    : "nothing to change: this policy is in force already"
  return `${policyText(policy)}\n\n${told}`
}

const listed = (items: ReadonlyArray<string>): string =>
  items.map(visible).join(`\n${" ".repeat(21)}`) || "none"
