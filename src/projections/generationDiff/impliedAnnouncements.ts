import type { Database } from "better-sqlite3"
import { type OutboxRow, outboxColumns } from "../outbox.ts"

/** Every announcement that history implies: the outbox of a generation from which nothing was sent. */
export interface ImpliedAnnouncements {
  readonly find: (eventId: string) => OutboxRow | undefined
  readonly markSeen: (row: OutboxRow) => void
  /** Those up to a row that were not marked, in order. */
  readonly unseen: (upTo: number) => Iterable<OutboxRow>
}

/** Makes announcements quick to find by event id. Needed before they are compared or looked up. */
export const indexOutbox = (database: Database): void => {
  database.exec("CREATE INDEX outbox_event ON outbox (event_id)")
}

/** The number of the last announcement, 0 if there is none. */
export const lastAnnouncement = (database: Database): number =>
  database.prepare<[], number>("SELECT max(outbox_no) FROM outbox").pluck().get() ?? 0

export const impliedAnnouncements = (database: Database): ImpliedAnnouncements => {
  database.exec("CREATE TEMP TABLE seen (no INTEGER PRIMARY KEY)")
  const find = database.prepare<[string], OutboxRow>(
    `SELECT ${outboxColumns} FROM outbox WHERE event_id = ?`,
  )
  const mark = database.prepare("INSERT OR IGNORE INTO seen VALUES (?)")
  const unseen = database.prepare<[number], OutboxRow>(
    `SELECT ${outboxColumns} FROM outbox
      WHERE outbox_no <= ? AND outbox_no NOT IN (SELECT no FROM seen) ORDER BY outbox_no`,
  )
  return {
    find: (eventId) => find.get(eventId),
    markSeen: ({ no }) => mark.run(no),
    unseen: (upTo) => unseen.iterate(upTo),
  }
}
