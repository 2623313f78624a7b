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

/** A table or view that is there while the past is asked. */
export interface Temporary {
  readonly create: string
  readonly drop: string
}

/** What is added to the rows as they were when the blocks before `block` were whole. */
export interface PastSpan {
  readonly cut: Cut
  readonly block: number
  readonly perBlock: number
  /** The captures that are added, as `FROM ... WHERE ...`. */
  readonly added: string
}

/** Finds the last whole block before a cut, and what comes between. */
export const spanOf = (db: Database, cut: Cut, perBlock: number): PastSpan => {
  if (cut.by === "recorded-time") {
    const block = Math.floor(cut.ordinal / perBlock)
    const added = `FROM main.folded WHERE ordinal > ${block * perBlock} AND ordinal <= ${cut.ordinal}
      AND finding_no IS NOT NULL`
    return { cut, block, perBlock, added }
  }
  const { time } = cut
  // Blocks are whole up to the first that reaches beyond the time. After it, only those matter that
  // begin before it.
  const whole = db
    .prepare<[number], number | null>("SELECT max(block) FROM blocks WHERE last_seen <= ?")
    .pluck()
    .get(time)
  const block = (whole ?? -1) + 1
  const added = `FROM main.blocks CROSS JOIN main.folded
      ON ordinal > block * ${perBlock} AND ordinal <= (block + 1) * ${perBlock}
    WHERE block >= ${block} AND blocks.first_seen <= ${time} AND observed_at <= ${time}`
  return { cut, block, perBlock, added }
}
