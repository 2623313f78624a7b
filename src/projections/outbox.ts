import type { Database } from "better-sqlite3"
import { type Metadata, schemaVersion } from "../domain/event/events.ts"
import type { EventId } from "../domain/event/ids.ts"
import { makeBulkInsert, type Value } from "./BulkInsert.ts"

/** An event a projection wants to have in the log. */
export interface Announcement {
  readonly stream: string
  /** The revision its stream must be at, -1 for a new stream, `null` for wherever it is. */
  readonly expectedRevision: number | null
  readonly id: EventId
  readonly type: string
  readonly data: unknown
  readonly causedBy: EventId
}

/** The outbox: what is enqueued is written by `flush`, in the transaction of the rows it tells of. */
export interface Outbox {
  /** Takes what makes the announcement, since an outbox that is silent has no use for one. */
  readonly enqueue: (announcement: () => Announcement) => void
  readonly flush: () => void
}

export const makeOutbox = (db: Database): Outbox => {
  const rows = makeBulkInsert(
    db,
    "outbox (stream, expected_revision, event_id, type, data, metadata)",
    6,
  )
  return {
    enqueue: (announcement) => {
      const { stream, expectedRevision, id, type, data, causedBy } = announcement()
      const metadata: Metadata = {
        schemaVersion,
        $causationId: causedBy,
        $correlationId: causedBy,
      }
      rows.values.push(
        stream,
        expectedRevision,
        id,
        type,
        JSON.stringify(data),
        JSON.stringify(metadata),
      )
      rows.next()
    },
    flush: rows.flush,
  }
}

/** An outbox that nothing leaves: a rebuild derives again what has been said, and says nothing. */
export const silence: Outbox = { enqueue: () => {}, flush: () => {} }

/** An announcement that waits in the outbox, `data` and `metadata` as JSON. */
export interface OutboxRow {
  readonly no: number
  readonly stream: string
  readonly expectedRevision: number | null
  readonly eventId: EventId
  readonly type: string
  readonly data: string
  readonly metadata: string
}

export const outboxColumns = `outbox_no AS no, stream, expected_revision AS expectedRevision,
  event_id AS eventId, type, data, metadata`

/** Reads the rows of the outbox after one of them, in order. */
export const readOutbox = (db: Database, after: number, limit: number): ReadonlyArray<OutboxRow> =>
  db
    .prepare<[number, number], OutboxRow>(
      `SELECT ${outboxColumns} FROM outbox WHERE outbox_no > ? ORDER BY outbox_no LIMIT ?`,
    )
    .all(after, limit)

/** Counts the announcements that wait. */
export const countOutbox = (db: Database): number =>
  db.prepare<[], number>("SELECT count(*) FROM outbox").pluck().get() ?? 0

/**
 * Removes announcements that the log has by now. In another generation than they were read from, a
 * number may be another row's: that one stays.
 */
export const clearOutbox = (db: Database, rows: ReadonlyArray<OutboxRow>): void => {
  const remove = db.prepare("DELETE FROM outbox WHERE outbox_no = ? AND event_id = ?")
  for (const { no, eventId } of rows) remove.run(no, eventId)
}

/** Makes what waits in the outbox of one generation what waits in that of another. */
export const copyOutbox = (from: Database, to: Database): void => {
  const columns = "stream, expected_revision, event_id, type, data, metadata"
  const rows = from
    .prepare<[], ReadonlyArray<Value>>(`SELECT ${columns} FROM outbox ORDER BY outbox_no`)
    .raw()
    .all()
  to.transaction(() => {
    to.exec("DELETE FROM outbox")
    const insert = to.prepare(`INSERT INTO outbox (${columns}) VALUES (?, ?, ?, ?, ?, ?)`)
    for (const row of rows) insert.run(...row)
  }).immediate()
}
