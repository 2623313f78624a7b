import type { Database } from "better-sqlite3"
import type { RecordedEvent } from "../domain/event/events.ts"

/** The last folded event, which identifies the log that the checkpoint belongs to. */
export const lastEventTable = `
CREATE TABLE last_event (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  id TEXT NOT NULL,
  position TEXT NOT NULL
) STRICT;
`

/** Where an event stands in the log; identifies the log. */
export type EventPlace = Pick<RecordedEvent, "stream" | "revision" | "id" | "position">

/** The last folded event; `undefined` if there is none yet. */
export const lastEvent = (db: Database): EventPlace | undefined =>
  db.prepare<[], EventPlace>("SELECT stream, revision, id, position FROM last_event").get()

export const setLastEvent = (
  db: Database,
  { stream, revision, id, position }: EventPlace,
): void => {
  db.prepare("INSERT OR REPLACE INTO last_event VALUES (1, ?, ?, ?, ?)").run(
    stream,
    revision,
    id,
    position,
  )
}
