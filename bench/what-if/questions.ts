import { parseTimestamp } from "../../src/domain/event/timestamp.ts"
import { defaultPolicy, type ReusePolicy } from "../../src/domain/finding/policy.ts"
import type { Subset } from "../../src/projections/whatIf/Subset.ts"
import type { Question } from "../../src/projections/whatIf/whatIf.ts"

const whole: Subset = { services: [], deckies: [], ignoredDeckies: [] }
const since = parseTimestamp("2000-01-01T00:00:00Z", () => 0)
// All captures belong to it, so that it is the most work that a part can be.
const part: Subset = { ...whole, ...(since === undefined ? {} : { since }) }
const least = (minTargets: number): ReusePolicy => ({ ...defaultPolicy, minTargets })
const asked = (subset: Subset, ...policies: Question["policies"]): Question => ({
  subset,
  policies,
  limit: 10,
})

/** What is asked, by what it is called in the figures. */
export const questions: Readonly<Record<string, Question>> = {
  "all of history, one policy": asked(whole, least(3)),
  "all of history, three policies": asked(whole, least(3), least(4), least(5)),
  "a part, one policy": asked(part, least(3)),
  "a part, three policies": asked(part, least(3), least(4), least(5)),
}
