import type { Database } from "better-sqlite3"
import { type Metadata, schemaVersion } from "../domain/events.ts"
import type { EventId } from "../domain/ids.ts"

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

/** Puts announcements into the outbox, in the transaction of the rows they tell of. */
export const makeOutbox = (db: Database): ((announcement: Announcement) => void) => {
  const insert = db.prepare(
    `INSERT INTO outbox (stream, expected_revision, event_id, type, data, metadata)
     VALUES (?, ?, ?, ?, ?, ?)`,
  )
  return ({ stream, expectedRevision, id, type, data, causedBy }) => {
    const metadata: Metadata = {
      schemaVersion,
      $causationId: causedBy,
      $correlationId: causedBy,
    }
    insert.run(stream, expectedRevision, id, type, JSON.stringify(data), JSON.stringify(metadata))
  }
}
