import type { Database } from "better-sqlite3"
import * as Schema from "effect/Schema"
import type { ReuseChange, ReuseClosed } from "../../domain/event/events.ts"
import type { Position } from "../../domain/event/position.ts"
import { defaultPolicy, ReusePolicy } from "../../domain/finding/policy.ts"
import { timestampSql } from "../schema.ts"
import type { Totals } from "./Finding.ts"
import type { Page } from "./Page.ts"

/**
 * One announced change of a finding and the event that caused it: its place in the log, its id,
 * type and time, and for a capture the line of the log file. The added lists are cut as in the event,
 * with full counts next to them; the counts without "added" are the totals after the change.
 */
export interface FindingChange extends Totals {
  readonly version: number
  readonly change: ReuseChange["change"]
  /** Why it was closed; `null` for other changes. */
  readonly reason: ReuseClosed["reason"] | null
  readonly position: string
  readonly eventId: string
  readonly eventType: string
  readonly eventTime: string
  readonly source: { readonly file: string; readonly line: number } | null
  readonly addedTargets: ReadonlyArray<{ readonly decky: string; readonly service: string }>
  readonly addedTargetCount: number
  readonly addedAttackers: ReadonlyArray<{ readonly ip: string; readonly uuid: string }>
  readonly addedAttackerCount: number
  readonly addedAttackerUuids: ReadonlyArray<string>
}

type Lists = "addedTargets" | "addedAttackers" | "addedAttackerUuids"
type Row = Omit<FindingChange, "source" | Lists> & { readonly [L in Lists]: string } & {
  readonly sourceFile: string | null
  readonly sourceLine: number | null
}

/** The changes of a finding in the order of the log. */
export const findingHistory = (
  db: Database,
  findingNo: number,
  { limit, offset }: Page,
): ReadonlyArray<FindingChange> =>
  db
    .prepare<[number, number, number], Row>(
      `SELECT version, change, reason, position, event_id AS eventId, event_type AS eventType,
              ${timestampSql("event_time")} AS eventTime, source_file AS sourceFile, source_line AS sourceLine,
              added_targets AS addedTargets, added_target_count AS addedTargetCount,
              added_attackers AS addedAttackers, added_attacker_count AS addedAttackerCount,
              added_attacker_uuids AS addedAttackerUuids, target_count AS targetCount,
              attacker_count AS attackerCount, attempt_count AS attemptCount
         FROM finding_history WHERE finding_no = ? ORDER BY version LIMIT ? OFFSET ?`,
    )
    .all(findingNo, limit, offset)
    .map(toChange)

const toChange = ({ sourceFile, sourceLine, ...row }: Row): FindingChange => ({
  ...row,
  source:
    sourceFile === null || sourceLine === null ? null : { file: sourceFile, line: sourceLine },
  // The projection writes these columns from lists of just these shapes.
  addedTargets: JSON.parse(row.addedTargets),
  addedAttackers: JSON.parse(row.addedAttackers),
  addedAttackerUuids: JSON.parse(row.addedAttackerUuids),
})

/** The policy that a change was decided by, and where it was put in force: `null` is the default. */
interface PolicyInForce {
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

interface ExplainingRow extends Totals {
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
  const select = db.prepare<[number, number, number], ExplainingRow>(
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

const totalsOf = (row: ExplainingRow | undefined): Totals | null =>
  row === undefined
    ? null
    : {
        targetCount: row.targetCount,
        attackerCount: row.attackerCount,
        attemptCount: row.attemptCount,
      }

const policyOf = ({ policy, policyPosition, policyId }: ExplainingRow): PolicyInForce => ({
  position: policyPosition,
  eventId: policyId,
  policy: policy === null ? defaultPolicy : decodePolicy(policy),
})

/** How many findings have been opened or reopened, and how many have grown, after a position. */
export interface ChangesSince {
  readonly opened: number
  readonly grown: number
}

/** Counts the changes of findings after a position. */
export const changesSince = (db: Database, position: Position): ChangesSince =>
  db
    .prepare<[string], ChangesSince>(
      `SELECT count(*) FILTER (WHERE change IN ('opened', 'reopened')) AS opened,
              count(DISTINCT finding_no) FILTER (WHERE change = 'grew') AS grown
         FROM finding_history WHERE position > ?`,
    )
    .get(position) ?? { opened: 0, grown: 0 }

/** How many findings a policy has opened or reopened, and how many it has closed. */
export interface ChangesByPolicy {
  readonly opened: number
  readonly closed: number
}

/** Counts what changes of the policy after a position have made of findings. */
export const changesByPolicySince = (db: Database, position: Position): ChangesByPolicy =>
  db
    .prepare<[string], ChangesByPolicy>(
      `SELECT count(*) FILTER (WHERE change <> 'closed') AS opened,
              count(*) FILTER (WHERE change = 'closed') AS closed
         FROM finding_history WHERE position > ? AND event_type = 'reuse.policy.changed'`,
    )
    .get(position) ?? { opened: 0, closed: 0 }
