import type { Database } from "better-sqlite3"
import { type Metadata, schemaVersion } from "../domain/event/events.ts"
import type { EventId } from "../domain/event/ids.ts"
import { makeBulkInsert } from "./BulkInsert.ts"

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
  readonly forget: () => void
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
    forget: rows.forget,
  }
}

/** An outbox that nothing leaves: a rebuild derives anew what has been said, and says nothing. */
export const silence: Outbox = { enqueue: () => {}, flush: () => {}, forget: () => {} }
