import type { Database } from "better-sqlite3"
import { type OutboxRow, outboxColumns } from "../outbox.ts"

/** What the live generation has yet to announce. */
export interface PendingAnnouncements {
  readonly ids: ReadonlySet<string>
  /** Those that no implied one equals to the letter, and those that are pending a second time. */
  readonly unlike: ReadonlyArray<OutboxRow>
  readonly repeated: ReadonlyArray<OutboxRow>
}

/**
 * Compares what is pending in the outbox of `live` with the outbox of `rebuilt`, which holds
 * everything that history implies and has an index by event id.
 */
export const pendingAnnouncements = (database: Database): PendingAnnouncements => {
  const rows = (condition: string) =>
    database
      .prepare<[], OutboxRow>(
        `SELECT ${outboxColumns} FROM live.outbox AS x WHERE ${condition} ORDER BY outbox_no`,
      )
      .all()
  return {
    ids: new Set(database.prepare<[], string>("SELECT event_id FROM live.outbox").pluck().all()),
    unlike: rows(`NOT EXISTS (SELECT 1 FROM rebuilt.outbox AS y
      WHERE y.event_id = x.event_id AND y.stream = x.stream AND y.type = x.type
        AND y.expected_revision IS x.expected_revision AND y.data = x.data
        AND y.metadata = x.metadata)`),
    repeated: rows("outbox_no NOT IN (SELECT min(outbox_no) FROM live.outbox GROUP BY event_id)"),
  }
}
