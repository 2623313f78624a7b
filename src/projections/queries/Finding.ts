import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"
import { type SecretRow, type StoredSecret, secretColumns, storedSecret } from "./secretColumns.ts"
import { makeTargetNames, type TargetNames } from "./targetNames.ts"

/**
 * A reuse key as the read models show it. It is `open` once it has been announced as a finding,
 * which `version` counts; before that it is a `candidate` of version 0. The empty principal stands
 * for an absent one too. Times are canonical timestamps of the log lines, the least and the
 * greatest. Deckies and services are views of the targets and do not say which were seen together.
 */
export interface Finding extends TargetNames {
  readonly id: string
  readonly state: "open" | "candidate"
  readonly version: number
  readonly secret: StoredSecret
  readonly principal: string
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** The columns of a {@link FindingRow}, from `findings` joined with `secrets`. */
export const findingColumns = `findings.finding_no AS findingNo, findings.finding_id AS id, version,
  principal, target_count AS targetCount, attacker_count AS attackerCount,
  attempt_count AS attemptCount, ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen, ${secretColumns}`

export interface FindingRow extends SecretRow {
  readonly findingNo: number
  readonly id: string
  readonly version: number
  readonly principal: string
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
  readonly firstSeen: string
  readonly lastSeen: string
}

/** Makes findings of rows. */
export const makeFinding = (db: Database): ((row: FindingRow) => Finding) => {
  const targetNames = makeTargetNames(db)
  return (row) => ({
    id: row.id,
    state: row.version > 0 ? "open" : "candidate",
    version: row.version,
    secret: storedSecret(row),
    principal: row.principal,
    targetCount: row.targetCount,
    attackerCount: row.attackerCount,
    attemptCount: row.attemptCount,
    firstSeen: row.firstSeen,
    lastSeen: row.lastSeen,
    ...targetNames(row.findingNo),
  })
}
