import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"
import type { Page } from "./Page.ts"

/** A decky and a service that were seen together with the finding's secret and principal. */
export interface FindingTarget {
  readonly decky: string
  readonly service: string
  readonly firstSeen: string
  readonly lastSeen: string
  readonly attemptCount: number
}

/** The targets of a finding, by decky and service. */
export const findingTargets = (
  db: Database,
  findingNo: number,
  { limit, offset }: Page,
): ReadonlyArray<FindingTarget> =>
  db
    .prepare<[number, number, number], FindingTarget>(
      `SELECT decky, service, ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen,
              attempt_count AS attemptCount
         FROM finding_targets JOIN targets USING (target_no)
        WHERE finding_no = ? ORDER BY decky, service LIMIT ? OFFSET ?`,
    )
    .all(findingNo, limit, offset)
