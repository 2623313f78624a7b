import type { Database } from "better-sqlite3"

/** A row of an outbox: what is to be announced, `data` and `metadata` as JSON. */
export interface OutboxRow {
  readonly eventId: string
  readonly stream: string
  readonly expectedRevision: number | null
  readonly type: string
  readonly data: string
  readonly metadata: string
}

/** What the live generation has yet to announce. */
export interface Waiting {
  readonly ids: ReadonlySet<string>
  /** Those that no implied one equals to the letter, and those that wait a second time. */
  readonly unlike: ReadonlyArray<OutboxRow>
  readonly repeated: ReadonlyArray<OutboxRow>
}

const outboxColumns = `event_id AS eventId, stream, expected_revision AS expectedRevision, type, data,
  metadata`

/**
 * What waits in the outbox of `live`, beside the outbox of `rebuilt`, which holds everything that
 * history implies and has an index by event id.
 */
export const waitingIn = (database: Database): Waiting => {
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
