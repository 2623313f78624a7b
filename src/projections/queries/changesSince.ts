import type { Database } from "better-sqlite3"
import type { Position } from "../../domain/event/position.ts"

/** How many findings have been opened, and how many have grown, after a position. */
export interface ChangesSince {
  readonly opened: number
  readonly grown: number
}

export const changesSince = (db: Database, position: Position): ChangesSince =>
  db
    .prepare<[string], ChangesSince>(
      `SELECT count(*) FILTER (WHERE change = 'opened') AS opened,
              count(DISTINCT finding_no) FILTER (WHERE change = 'grew') AS grown
         FROM finding_history WHERE position > ?`,
    )
    .get(position) ?? { opened: 0, grown: 0 }

/** Counts the findings that changes of the policy after a position have opened. */
export const openedByPolicySince = (db: Database, position: Position): number =>
  db
    .prepare<[string], number>(
      `SELECT count(*) FROM finding_history
        WHERE position > ? AND change = 'opened' AND event_type = 'reuse.policy.changed'`,
    )
    .pluck()
    .get(position) ?? 0
