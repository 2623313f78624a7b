import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"

/** Who decided something about a finding, and when. */
export interface Decision {
  readonly at: string
  readonly by: string
}

/** What analysts have decided about a finding. */
export interface Triage {
  /** The last acknowledgement. */
  readonly acknowledged: Decision | null
  /** Why it is muted, and until when; `null` in `until` is for good. */
  readonly muted: (Decision & { readonly reason: string; readonly until: string | null }) | null
  readonly labels: ReadonlyArray<string>
  readonly notes: ReadonlyArray<Decision & { readonly note: string }>
}

interface Row extends Decision {
  readonly change: string
  readonly text: string | null
  readonly until: string | null
}

/** Looks up triage, for one finding after another. */
export const makeTriageOf = (db: Database): ((findingId: string) => Triage) => {
  const select = db.prepare<[string], Row>(
    `SELECT change, ${timestampSql("decided_at")} AS at, decided_by AS by, text,
            iif(until IS NULL, NULL, ${timestampSql("until")}) AS until
       FROM finding_triage WHERE finding_id = ? ORDER BY position`,
  )
  return (findingId) => {
    const rows = select.all(findingId)
    const last = rows.findLast(({ change }) => change === "muted" || change === "unmuted")
    const acknowledged = rows.findLast(({ change }) => change === "acknowledged")
    const labels = new Set<string>()
    for (const { change, text } of rows) {
      if (change === "labelled") labels.add(text ?? "")
      if (change === "unlabelled") labels.delete(text ?? "")
    }
    return {
      acknowledged: acknowledged === undefined ? null : decisionOf(acknowledged),
      muted:
        last?.change === "muted"
          ? { ...decisionOf(last), reason: last.text ?? "", until: last.until }
          : null,
      labels: [...labels].sort(),
      notes: rows
        .filter(({ change }) => change === "noted")
        .map((row) => ({ ...decisionOf(row), note: row.text ?? "" })),
    }
  }
}

const decisionOf = ({ at, by }: Row): Decision => ({ at, by })
