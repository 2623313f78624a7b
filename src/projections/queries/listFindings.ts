import type { Database } from "better-sqlite3"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import type { RatingClass } from "../../domain/secret/rating.ts"
import {
  attackersNamed,
  Conditions,
  microsOf,
  principalsOf,
  type SecretFilter,
  secretConditions,
  type TargetFilter,
  targetsNamed,
} from "./Conditions.ts"
import { type Finding, type FindingRow, findingColumns, makeFinding } from "./Finding.ts"
import type { Page } from "./Page.ts"
import { rankSql } from "./rank.ts"

/**
 * Which findings are wanted. All that is given must hold.
 *
 * - `decky`, `service`: of one target, seen together where both are given.
 * - `attacker`: an IP address or an attacker UUID.
 * - `principal`: exactly; `""` finds the absent one too. `keyedPrincipal`: an alternative form.
 * - `minTargets`: lists candidates too, whatever the policy in force calls a finding.
 * - `ratingClass`: why its secret is as surprising as it is.
 * - `minRank`: at least so worth a look.
 * - `since`, `until`: some of the activity lies between them, both included.
 * - `except`, `only`: by the numbers of the rows, none of these, one of these.
 */
export interface FindingFilter extends TargetFilter, SecretFilter {
  readonly attacker?: string | undefined
  readonly principal?: string | undefined
  readonly keyedPrincipal?: string | undefined
  readonly minTargets?: number | undefined
  readonly minAttackers?: number | undefined
  readonly ratingClass?: RatingClass | undefined
  readonly minRank?: number | undefined
  readonly since?: Timestamp | undefined
  readonly until?: Timestamp | undefined
  readonly except?: ReadonlyArray<number> | undefined
  readonly only?: ReadonlyArray<number> | undefined
}

/** What the greatest of comes first. */
export type FindingSort = keyof typeof orders

export interface FindingList {
  readonly total: number
  readonly findings: ReadonlyArray<Finding>
}

// The id at the end makes the order total, so that pages neither repeat nor skip.
const orders = {
  rank: `${rankSql} DESC, last_seen DESC, finding_id`,
  targets: "target_count DESC, last_seen DESC, finding_id",
  attackers: "attacker_count DESC, last_seen DESC, finding_id",
  "last-seen": "last_seen DESC, finding_id",
} as const

/** A page of the findings that match the filter, and how many there are in all. */
export const listFindings = (
  db: Database,
  query: FindingFilter & Page & { readonly sort: FindingSort },
): FindingList => {
  const { where, values } = conditionsOf(query)
  const order = orders[query.sort]
  const count = db
    .prepare<Array<string | number>, number>(`SELECT count(*) FROM findings ${where}`)
    .pluck()
  // The page is cut before anything else is looked up, so that this costs what the page costs.
  const select = db.prepare<Array<string | number>, FindingRow>(
    `SELECT ${findingColumns}
       FROM (SELECT finding_no FROM findings ${where} ORDER BY ${order} LIMIT ? OFFSET ?)
       JOIN findings USING (finding_no) JOIN secrets USING (secret_no) ORDER BY ${order}`,
  )
  const toFinding = makeFinding(db)
  // One transaction, so that the count, the page and the names are of the same moment.
  return db.transaction(() => ({
    total: count.get(...values) ?? 0,
    findings: select.all(...values, query.limit, query.offset).map(toFinding),
  }))()
}

const listed = "SELECT value FROM json_each(?)"

// A plus sign keeps an index out where it would slow things down: one look-up per finding in the
// index of ids, or one per finding and target, takes several times as long as reading on.
const conditionsOf = (filter: FindingFilter): Conditions => {
  const conditions = new Conditions()
  if (filter.minTargets === undefined) conditions.add("open = 1")
  else
    conditions.add(
      "secret_no NOT IN (SELECT secret_no FROM secrets WHERE digest_start = 0 AND digest = '')",
    )
  conditions.add("target_count >= ?", filter.minTargets)
  conditions.add("attacker_count >= ?", filter.minAttackers)
  conditions.add("rating_class = ?", filter.ratingClass)
  conditions.add(`${rankSql} >= ?`, filter.minRank)
  const { except = [], only } = filter
  if (except.length > 0) conditions.add(`finding_no NOT IN (${listed})`, JSON.stringify(except))
  if (only !== undefined) conditions.add(`finding_no IN (${listed})`, JSON.stringify(only))
  const secrets = secretConditions(filter)
  if (secrets.where !== "") {
    conditions.add(
      `secret_no IN (SELECT secret_no FROM secrets ${secrets.where})`,
      ...secrets.values,
    )
  }
  conditions.add("principal IN (?, ?)", ...principalsOf(filter))
  conditions.add("last_seen >= ?", microsOf(filter.since))
  conditions.add("first_seen <= ?", microsOf(filter.until))
  const targets = targetsNamed(filter)
  if (targets !== undefined) {
    conditions.add(
      `EXISTS (SELECT 1 FROM finding_targets WHERE finding_no = findings.finding_no
         AND +target_no IN (${targets.text}))`,
      ...targets.values,
    )
  }
  if (filter.attacker !== undefined) {
    const { text, values } = attackersNamed(filter.attacker)
    conditions.add(
      `finding_no IN (SELECT finding_no FROM finding_attackers WHERE attacker_no IN (${text}))`,
      ...values,
    )
  }
  return conditions
}
