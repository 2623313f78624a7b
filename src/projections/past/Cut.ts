import type { Database } from "better-sqlite3"
import type { Position } from "../../domain/event/position.ts"
import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"

/**
 * Where the past ends that is looked at. By recorded time it is everything folded up to the event
 * with this ordinal: what was known then. By event time it is all captures seen up to `time`, in
 * microseconds, whenever they became known: what had happened by then.
 */
export type Cut =
  | { readonly by: "recorded-time"; readonly ordinal: number }
  | { readonly by: "event-time"; readonly time: number }

/** Up to and including the event at a position, or the last one before it. */
export const cutAtPosition = (db: Database, position: Position): Cut =>
  lastFolded(db, "position <= ?", position)

/** Up to and including the last event that had been recorded at a time. */
export const cutAtRecordedTime = (db: Database, time: Timestamp): Cut =>
  lastFolded(db, "recorded_at <= ?", Math.floor(timestampMicros(time) / 1000))

export const cutAtEventTime = (time: Timestamp): Cut => ({
  by: "event-time",
  time: timestampMicros(time),
})

// Neither column ever falls, and ordinals have no holes: the place is found by halving.
const lastFolded = (
  db: Database,
  condition: "position <= ?" | "recorded_at <= ?",
  bound: string | number,
): Cut => {
  const holds = db
    .prepare<[string | number, number], number>(`SELECT ${condition} FROM folded WHERE ordinal = ?`)
    .pluck()
  let before = 0
  let after = 1 + (db.prepare<[], number>("SELECT max(ordinal) FROM folded").pluck().get() ?? 0)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (holds.get(bound, middle) === 1) before = middle
    else after = middle
  }
  return { by: "recorded-time", ordinal: before }
}
