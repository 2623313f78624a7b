import type { Database } from "better-sqlite3"
import type { RecordedEvent } from "../domain/event/events.ts"

/** The last event that was folded: it tells which log a checkpoint is a position of. */
export const lastEventTable = `
CREATE TABLE last_event (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  stream TEXT NOT NULL,
  revision INTEGER NOT NULL,
  id TEXT NOT NULL,
  position TEXT NOT NULL
) STRICT;
`

/** Where an event is in the log, by which the log is recognised. */
export type EventPlace = Pick<RecordedEvent, "stream" | "revision" | "id" | "position">

/** The last event that was folded; `undefined` where there was none yet. */
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
