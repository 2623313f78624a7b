import type { Timestamp } from "../../../domain/timestamp.ts"
import { afterPrefix } from "./afterPrefix.ts"
import { attackerName, attackersNamed } from "./attackerName.ts"
import { Conditions } from "./Conditions.ts"
import { type TargetFilter, targetsAskedFor } from "./targetsAskedFor.ts"

/**
 * Which credentials are wanted. All that is given must hold.
 *
 * - `secretSha256`: the digest or its beginning.
 * - `principal`: exactly; `""` finds the absent one too.
 * - `attacker`: an IP address or an attacker UUID.
 * - `finding`: the whole id of a finding.
 * - `since`, `until`: some of the activity lies between them, both included.
 */
export interface CredentialFilter extends TargetFilter {
  readonly secretSha256?: string | undefined
  readonly secretKind?: string | undefined
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

export const credentialsAskedFor = (filter: CredentialFilter): CredentialsAskedFor => {
  const conditions = new Conditions()
  if (filter.attacker !== undefined) {
    const name = attackerName(filter.attacker)
    conditions.add(`mine.attacker_no IN (${attackersNamed})`, name, name)
  }
  const keys = keyConditions(filter)
  if (keys.where !== "") {
    conditions.add(
      `c.finding_no IN (SELECT finding_no FROM findings JOIN secrets USING (secret_no) ${keys.where})`,
      ...keys.values,
    )
  }
  const targets = targetsAskedFor(filter)
  if (targets !== undefined) {
    conditions.add(`c.target_no IN (${targets.text})`, ...targets.values)
  }
  conditions.add("c.last_seen >= ?", filter.since)
  conditions.add("c.first_seen <= ?", filter.until)
  const tables = filter.attacker === undefined ? allCredentials : thoseOfAttacker
  return { from: `${tables} ${conditions.where}`, values: conditions.values }
}

/** What is asked of the reuse key that a credential belongs to. */
const keyConditions = (filter: CredentialFilter): Conditions => {
  const conditions = new Conditions()
  if (filter.secretSha256 !== undefined) {
    const digest = filter.secretSha256.toLowerCase()
    conditions.add("sha256 >= ? AND sha256 < ?", digest, afterPrefix(digest))
  }
  conditions.add("kind = ?", filter.secretKind)
  conditions.add("principal = ?", filter.principal)
  conditions.add("finding_id = ?", filter.finding)
  return conditions
}
