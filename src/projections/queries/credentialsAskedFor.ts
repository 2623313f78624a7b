import type { Timestamp } from "../../domain/event/timestamp.ts"
import { attackersNamed, attackerValues } from "./attackerName.ts"
import { Conditions } from "./Conditions.ts"
import { microsOf } from "./microsOf.ts"
import { type SecretFilter, secretsAskedFor } from "./secretsAskedFor.ts"
import { type TargetFilter, targetsAskedFor } from "./targetsAskedFor.ts"

/**
 * Which credentials are wanted. All that is given must hold.
 *
 * - `principal`: exactly; `""` finds the absent one too.
 * - `attacker`: an IP address or an attacker UUID.
 * - `finding`: the whole id of a finding.
 * - `since`, `until`: some of the activity lies between them, both included.
 */
export interface CredentialFilter extends TargetFilter, SecretFilter {
  readonly principal?: string | undefined
  readonly attacker?: string | undefined
  readonly finding?: string | undefined
  readonly since?: Timestamp | undefined
  readonly until?: Timestamp | undefined
}

/** The credentials asked for, as `FROM ... WHERE ...` in which they are called `c`. */
export interface CredentialsAskedFor {
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

export const credentialsAskedFor = (filter: CredentialFilter): CredentialsAskedFor => {
  const conditions = new Conditions()
  if (filter.attacker !== undefined) {
    conditions.add(`mine.attacker_no IN (${attackersNamed})`, ...attackerValues(filter.attacker))
  }
  const secrets = secretsAskedFor(filter)
  secrets.add("principal = ?", filter.principal)
  if (secrets.where !== "") {
    conditions.add(
      `c.finding_no IN
         (SELECT finding_no FROM findings JOIN secrets USING (secret_no) ${secrets.where})`,
      ...secrets.values,
    )
  }
  conditions.add(`c.finding_no = ${findingWithId}`, filter.finding, filter.finding)
  const targets = targetsAskedFor(filter)
  if (targets !== undefined) {
    conditions.add(`c.target_no IN (${targets.text})`, ...targets.values)
  }
  conditions.add("c.last_seen >= ?", microsOf(filter.since))
  conditions.add("c.first_seen <= ?", microsOf(filter.until))
  const tables = filter.attacker === undefined ? allCredentials : thoseOfAttacker
  return { from: `${tables} ${conditions.where}`, values: conditions.values }
}
