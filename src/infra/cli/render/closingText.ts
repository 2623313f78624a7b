import type { ReuseClosed } from "../../../domain/event/events.ts"

const texts: Readonly<Record<ReuseClosed["reason"], string>> = {
  "min-targets": "the policy demands more targets",
  "empty-secret": "the policy excludes empty secrets",
  "excluded-kind": "the policy excludes secrets of this kind",
  "excluded-secret": "the policy excludes this secret",
}

/** Why a finding was closed, in words. */
export const closingText = (reason: ReuseClosed["reason"]): string => texts[reason]
