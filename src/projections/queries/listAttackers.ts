import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"
import { attackersNamed, Conditions } from "./Conditions.ts"
import type { Page } from "./Page.ts"

/**
 * An attacker: an address, and its UUID. `identified` says that somebody outside has said whose
 * address it is; without that the UUID is the one minted for it. An address that was identified
 * before it was ever seen has no times and no attempts. `openFindings` counts the findings to which
 * one of its captures belongs.
 */
interface Attacker {
  readonly ip: string
  readonly uuid: string
  readonly identified: boolean
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly attemptCount: number
  readonly openFindings: number
}

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

/** An attacker as a row of {@link attackerColumns}. */
type AttackerRow = Omit<Attacker, "identified"> & { readonly identified: 0 | 1 }

/** The columns of `attackers`; the number of open findings is counted beside. */
const attackerColumns = `ip, uuid, identified_position IS NOT NULL AS identified,
  ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen, attempt_count AS attemptCount`

/** How many open findings the attacker of a row has. */
const openFindings = `(SELECT count(*)
  FROM finding_attackers CROSS JOIN findings USING (finding_no)
  WHERE finding_attackers.attacker_no = attackers.attacker_no AND open = 1)`

/** A page of the attackers, all or those with this IP address or UUID, and how many there are. */
export const listAttackers = (
  db: Database,
  query: Page & { readonly attacker?: string | undefined; readonly sort: AttackerSort },
): AttackerList => {
  const conditions = new Conditions()
  if (query.attacker !== undefined) {
    const { text, values } = attackersNamed(query.attacker)
    conditions.add(`attacker_no IN (${text})`, ...values)
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

const attackerOf = (row: AttackerRow): Attacker => ({
  ...row,
  identified: row.identified === 1,
})

/** The addresses of the attackers with this IP address or UUID. */
export const addressesNamed = (db: Database, attacker: string): ReadonlyArray<string> => {
  const { text, values } = attackersNamed(attacker)
  return db
    .prepare<Array<string>, string>(`SELECT ip FROM attackers WHERE attacker_no IN (${text})`)
    .pluck()
    .all(...values)
}
