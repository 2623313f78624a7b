import {
  dullBits,
  maxAttackers,
  maxTargets,
  noveltyBonus,
  noveltyHalf,
  perTarget,
  unratedBits,
} from "../../domain/finding/rank.ts"

// What findings are ranked among. SQLite works these out once for a statement.
const attackersKnown = "(SELECT count(*) FROM attackers)"
const newest = "(SELECT max(last_seen) FROM attackers)"

/** The rank of a row of `findings`, as SQL: `rankOf(rankTerms(...))` of the domain, not rounded. */
export const rankSql = `(max(0.0, coalesce(findings.rating_bits, ${unratedBits}) - ${dullBits})
  * log2(1 + min(findings.attacker_count, ${maxAttackers}))
  * (1 + ${perTarget} * (min(findings.target_count, ${maxTargets}) - 1))
  * (1 - 0.5 * findings.attacker_count / max(1, ${attackersKnown}))
  * (1 + ${noveltyBonus} * pow(2, -max(0.0, coalesce(${newest}, findings.first_seen) - findings.first_seen) * ${1 / noveltyHalf})))`
