import type { Database } from "better-sqlite3"
import * as Schema from "effect/Schema"
import { defaultPolicy, ReusePolicy } from "../../domain/finding/policy.ts"
import { timestampSql } from "../schema.ts"
import { type FindingChange, findingHistory } from "./findingHistory.ts"
import type { Page } from "./Page.ts"

/** The totals of a finding before or after a change. */
export interface Totals {
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
}

/** The policy that a change was decided by, and where it was put in force: `null` is the default. */
export interface PolicyInForce {
  readonly position: string | null
  readonly eventId: string | null
  readonly policy: ReusePolicy
}

/**
 * A change of a finding with what explains it. `before` are the totals at the change before, `null`
 * at the opening; `recordedAt` is when the event that caused it had been recorded.
 */
export interface ExplainedChange extends FindingChange {
  readonly recordedAt: string
  readonly before: Totals | null
  readonly policyInForce: PolicyInForce
}

export interface FindingChanges {
  readonly total: number
  readonly changes: ReadonlyArray<ExplainedChange>
}

interface Row extends Totals {
  readonly version: number
  readonly recordedAt: string
  readonly policyPosition: string | null
  readonly policyId: string | null
  readonly policy: string | null
}

const decodePolicy = Schema.decodeUnknownSync(Schema.fromJsonString(ReusePolicy))

/** A page of the changes of a finding in the order of the log, each explained. */
export const findingChanges = (db: Database, findingNo: number, page: Page): FindingChanges => {
  const count = db
    .prepare<[number], number>("SELECT count(*) FROM finding_history WHERE finding_no = ?")
    .pluck()
  // One row more, before the page: the first change on it has a before too.
  const select = db.prepare<[number, number, number], Row>(
    `SELECT version, target_count AS targetCount, attacker_count AS attackerCount,
            attempt_count AS attemptCount, ${timestampSql("recorded_at * 1000")} AS recordedAt,
            policies.position AS policyPosition, policies.event_id AS policyId, policy
       FROM finding_history JOIN folded USING (ordinal)
       LEFT JOIN policies ON policies.ordinal =
         (SELECT max(ordinal) FROM policies WHERE ordinal <= finding_history.ordinal)
      WHERE finding_history.finding_no = ? AND version >= ? AND version <= ?`,
  )
  return db.transaction(() => {
    const changes = findingHistory(db, findingNo, page)
    const [first] = changes
    const last = changes.at(-1)
    const rows = select.all(findingNo, (first?.version ?? 1) - 1, last?.version ?? 0)
    const byVersion = new Map(rows.map((row) => [row.version, row]))
    return {
      total: count.get(findingNo) ?? 0,
      changes: changes.map((change): ExplainedChange => {
        const row = byVersion.get(change.version)
        if (row === undefined) throw new Error(`nothing was folded for version ${change.version}`)
        return {
          ...change,
          recordedAt: row.recordedAt,
          before: totalsOf(byVersion.get(change.version - 1)),
          policyInForce: policyOf(row),
        }
      }),
    }
  })()
}

const totalsOf = (row: Row | undefined): Totals | null =>
  row === undefined
    ? null
    : {
        targetCount: row.targetCount,
        attackerCount: row.attackerCount,
        attemptCount: row.attemptCount,
      }

const policyOf = ({ policy, policyPosition, policyId }: Row): PolicyInForce => ({
  position: policyPosition,
  eventId: policyId,
  policy: policy === null ? defaultPolicy : decodePolicy(policy),
})
