import type { Database } from "better-sqlite3"
import type { PolicyChanged, RecordedEvent } from "../../domain/event/events.ts"
import type { StoredChange } from "./storedChange.ts"

/**
 * Opens the findings that a new policy makes of what is already known. What was opened under an
 * older policy stays open: it has been announced.
 */
export const makeOpenUnderPolicy = (
  db: Database,
  { mayChange, change }: StoredChange,
): ((changed: PolicyChanged, recorded: RecordedEvent) => void) => {
  const candidates = db.prepare<[number], { findingNo: number }>(
    `SELECT finding_no AS findingNo FROM findings
      WHERE version = 0 AND target_count >= ? ORDER BY finding_no`,
  )
  return ({ policy, changedAt }, recorded) => {
    for (const { findingNo } of candidates.all(policy.minTargets)) {
      if (mayChange(policy, findingNo)) change(findingNo, "opened", { recorded, at: changedAt }, [])
    }
  }
}
