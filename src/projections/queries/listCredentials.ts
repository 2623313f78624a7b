import type { Database } from "better-sqlite3"
import type { Outcome } from "../../domain/capture/capture.ts"
import { timestampSql } from "../schema.ts"
import { type CredentialFilter, credentialsAskedFor } from "./credentialsAskedFor.ts"
import type { Page } from "./Page.ts"
import { type SecretRow, type StoredSecret, secretColumns, storedSecret } from "./secretColumns.ts"

/**
 * One credential: all attempts by one attacker with one secret and principal on one target. The
 * attacker is `null` where the log names no address, the secret where there was none; the empty
 * principal stands for an absent one too. `outcome` is the last one said, `fields` are those of the
 * first attempt. `findingId` names the open finding it belongs to.
 */
export interface Credential {
  readonly attackerIp: string | null
  readonly attackerUuid: string | null
  readonly decky: string
  readonly service: string
  readonly secret: StoredSecret | null
  readonly principal: string
  readonly firstSeen: string
  readonly lastSeen: string
  readonly attemptCount: number
  readonly outcome: Outcome | null
  readonly fields: Readonly<Record<string, string>>
  readonly findingId: string | null
}

/** What the greatest, or the latest, of comes first. */
export type CredentialSort = keyof typeof orders

export interface CredentialList {
  readonly total: number
  readonly credentials: ReadonlyArray<Credential>
}

// The primary key at the end makes the order total, so that pages neither repeat nor skip.
const orders = {
  "last-seen": "c.last_seen DESC, c.finding_no, c.target_no, c.attacker_no",
  attempts: "c.attempt_count DESC, c.last_seen DESC, c.finding_no, c.target_no, c.attacker_no",
  "first-seen": "c.first_seen DESC, c.finding_no, c.target_no, c.attacker_no",
} as const

// The attacker is looked up by itself, since a log may name none. So it stays one look-up also where
// `attackers` is a view of the past.
const attackerColumn = (column: "ip" | "uuid"): string =>
  `(SELECT ${column} FROM attackers WHERE attackers.attacker_no = c.attacker_no)`

type Row = SecretRow & Omit<Credential, "secret" | "fields"> & { readonly fields: string | null }

/** A page of the credentials that answer to the filter, and how many there are in all. */
export const listCredentials = (
  db: Database,
  query: CredentialFilter & Page & { readonly sort: CredentialSort },
): CredentialList => {
  const { from, values } = credentialsAskedFor(query)
  const order = orders[query.sort]
  const count = db.prepare<Array<string | number>, number>(`SELECT count(*) ${from}`).pluck()
  // The page is cut before the names are looked up, so that these cost what the page costs.
  const select = db.prepare<Array<string | number>, Row>(
    `SELECT ${attackerColumn("ip")} AS attackerIp, ${attackerColumn("uuid")} AS attackerUuid, decky, service,
            ${secretColumns}, principal, ${timestampSql("c.first_seen")} AS firstSeen, ${timestampSql("c.last_seen")} AS lastSeen,
            c.attempt_count AS attemptCount, outcome, fields,
            CASE WHEN version > 0 THEN finding_id END AS findingId
       FROM (SELECT c.* ${from} ORDER BY ${order} LIMIT ? OFFSET ?) AS c
       JOIN findings USING (finding_no)
       JOIN secrets USING (secret_no)
       JOIN targets USING (target_no)
      ORDER BY ${order}`,
  )
  // One transaction, so that the count and the page are of the same moment.
  return db.transaction(() => ({
    total: count.get(...values) ?? 0,
    credentials: select.all(...values, query.limit, query.offset).map(toCredential),
  }))()
}

const toCredential = (row: Row): Credential => ({
  attackerIp: row.attackerIp,
  attackerUuid: row.attackerUuid,
  decky: row.decky,
  service: row.service,
  secret: row.secretKind === "" ? null : storedSecret(row),
  principal: row.principal,
  firstSeen: row.firstSeen,
  lastSeen: row.lastSeen,
  attemptCount: row.attemptCount,
  outcome: row.outcome,
  fields: row.fields === null ? {} : JSON.parse(row.fields), // written from a capture's fields
  findingId: row.findingId,
})
