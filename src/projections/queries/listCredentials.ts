import type { Database } from "better-sqlite3"
import type { Outcome } from "../../domain/capture/capture.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { timestampSql } from "../schema.ts"
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
import type { Page } from "./Page.ts"
import { type SecretRow, type StoredSecret, secretColumns, storedSecret } from "./StoredSecret.ts"

/**
 * One credential: all attempts by one attacker with one secret and principal on one target. The
 * attacker is `null` where the log names no address, the secret where there was none; the empty
 * principal stands for an absent one too. `outcome` is the latest by event time, `fields` are those of the
 * first attempt. `findingId` names the open finding it belongs to.
 */
interface Credential {
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

/**
 * Which credentials are wanted. All that is given must hold.
 *
 * - `principal`: exactly; `""` finds the absent one too. `keyedPrincipal`: an alternative form.
 * - `attacker`: an IP address or an attacker UUID.
 * - `finding`: the whole id of a finding.
 * - `since`, `until`: some of the activity lies between them, both included.
 */
export interface CredentialFilter extends TargetFilter, SecretFilter {
  readonly principal?: string | undefined
  readonly keyedPrincipal?: string | undefined
  readonly attacker?: string | undefined
  readonly finding?: string | undefined
  readonly since?: Timestamp | undefined
  readonly until?: Timestamp | undefined
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

/** A page of the credentials that match the filter, and how many there are in all. */
export const listCredentials = (
  db: Database,
  query: CredentialFilter & Page & { readonly sort: CredentialSort },
): CredentialList => {
  const { from, values } = credentialConditions(query)
  const order = orders[query.sort]
  const count = db.prepare<Array<string | number>, number>(`SELECT count(*) ${from}`).pluck()
  // The page is cut before the names are looked up, so that these cost what the page costs.
  const select = db.prepare<Array<string | number>, Row>(
    `SELECT ${attackerColumn("ip")} AS attackerIp, ${attackerColumn("uuid")} AS attackerUuid, decky, service,
            ${secretColumns}, principal, ${timestampSql("c.first_seen")} AS firstSeen, ${timestampSql("c.last_seen")} AS lastSeen,
            c.attempt_count AS attemptCount, outcome, fields,
            CASE WHEN open = 1 THEN finding_id END AS findingId
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

/** The credentials that match, as `FROM ... WHERE ...` in which they are called `c`. */
export interface CredentialConditions {
  readonly from: string
  readonly values: ReadonlyArray<string | number>
}

// The primary key of the credentials begins with the finding and ends with the attacker. Those of
// one attacker are therefore looked up for each target of each of the attacker's findings, instead
// of among all attackers of these findings. CROSS JOIN keeps that order.
const allCredentials = "FROM credentials AS c"
const thoseOfAttacker = `FROM finding_attackers AS mine
  CROSS JOIN finding_targets AS place ON place.finding_no = mine.finding_no
  CROSS JOIN credentials AS c ON c.finding_no = mine.finding_no
    AND c.target_no = place.target_no AND c.attacker_no = mine.attacker_no`

// Only open findings are in the index; the candidates are searched where it has none.
const findingWithId = `coalesce(
  (SELECT finding_no FROM main.findings WHERE finding_id = ? AND version > 0),
  (SELECT finding_no FROM main.findings WHERE finding_id = ?))`

export const credentialConditions = (filter: CredentialFilter): CredentialConditions => {
  const conditions = new Conditions()
  if (filter.attacker !== undefined) {
    const { text, values } = attackersNamed(filter.attacker)
    conditions.add(`mine.attacker_no IN (${text})`, ...values)
  }
  const secrets = secretConditions(filter)
  secrets.add("principal IN (?, ?)", ...principalsOf(filter))
  if (secrets.where !== "") {
    conditions.add(
      `c.finding_no IN
         (SELECT finding_no FROM findings JOIN secrets USING (secret_no) ${secrets.where})`,
      ...secrets.values,
    )
  }
  conditions.add(`c.finding_no = ${findingWithId}`, filter.finding, filter.finding)
  const targets = targetsNamed(filter)
  if (targets !== undefined) {
    conditions.add(`c.target_no IN (${targets.text})`, ...targets.values)
  }
  conditions.add("c.last_seen >= ?", microsOf(filter.since))
  conditions.add("c.first_seen <= ?", microsOf(filter.until))
  const tables = filter.attacker === undefined ? allCredentials : thoseOfAttacker
  return { from: `${tables} ${conditions.where}`, values: conditions.values }
}
