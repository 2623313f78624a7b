import type { Database } from "better-sqlite3"
import type { ReuseDetected } from "../../domain/event/events.ts"
import { timestampSql } from "../schema.ts"
import type { Page } from "./Page.ts"

/**
 * One announced change of a finding and the event that caused it: its place in the log, its id,
 * type and time, and for a capture the line of the log file. The added lists are cut as in the
 * event `credential.reuse.detected`, with full counts beside; the counts without "added" are the
 * totals after the change.
 */
export interface FindingChange {
  readonly version: number
  readonly change: ReuseDetected["change"]
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
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
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
      `SELECT version, change, position, event_id AS eventId, event_type AS eventType,
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
