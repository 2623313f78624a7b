import type { Database } from "better-sqlite3"
import {
  type Attacker,
  type AttackerRow,
  attackerColumns,
  attackerOf,
  openFindings,
} from "./Attacker.ts"
import { attackersNamed, attackerValues } from "./attackerName.ts"
import { Conditions } from "./Conditions.ts"
import type { Page } from "./Page.ts"

/** What the greatest of comes first. */
export type AttackerSort = keyof typeof orders

export interface AttackerList {
  readonly total: number
  readonly attackers: ReadonlyArray<Attacker>
}

// The number at the end makes the order total, so that pages neither repeat nor skip.
const orders = {
  attempts: "attempt_count DESC, last_seen DESC, attacker_no",
  "last-seen": "last_seen DESC, attacker_no",
  findings: "openFindings DESC, attempt_count DESC, attacker_no",
} as const

/** A page of the attackers, all or those with this IP address or UUID, and how many there are. */
export const listAttackers = (
  db: Database,
  query: Page & { readonly attacker?: string | undefined; readonly sort: AttackerSort },
): AttackerList => {
  const conditions = new Conditions()
  if (query.attacker !== undefined) {
    conditions.add(`attacker_no IN (${attackersNamed})`, ...attackerValues(query.attacker))
  }
  const count = db
    .prepare<Array<string | number>, number>(`SELECT count(*) FROM attackers ${conditions.where}`)
    .pluck()
  const select = db.prepare<Array<string | number>, AttackerRow>(
    `SELECT ${attackerColumns}, ${openFindings} AS openFindings FROM attackers ${conditions.where}
      ORDER BY ${orders[query.sort]} LIMIT ? OFFSET ?`,
  )
  // One transaction, so that the count and the page are of the same moment.
  return db.transaction(() => ({
    total: count.get(...conditions.values) ?? 0,
    attackers: select.all(...conditions.values, query.limit, query.offset).map(attackerOf),
  }))()
}
