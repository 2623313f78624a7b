import type { Database } from "better-sqlite3"
import type { Outcome } from "../../domain/capture/capture.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { makeBulkInsert } from "../BulkInsert.ts"

/** How many events make a block: past states are kept at the end of each. */
export const blockSize = 5000

/** The block that the event with an ordinal belongs to. */
export const blockOf = (ordinal: number, perBlock: number = blockSize): number =>
  Math.floor((ordinal - 1) / perBlock)

/** An event in the order of folding: the number it has there from 1, and its block. */
export interface FoldedEvent {
  readonly ordinal: number
  readonly block: number
  /** The position and the time of recording so far, which never go back. */
  readonly position: Position
  readonly recordedAt: number
  /** Its own position, where it was set aside and is folded later than it stands in the log. */
  readonly ownPosition: Position | null
}

/** What a capture has touched. */
interface Touched {
  readonly findingNo: number
  readonly targetNo: number
  /** 0 where the log names no attacker. */
  readonly attackerNo: number
  readonly at: number
  readonly outcome: Outcome | null
}

/**
 * The rows of `folded` and `blocks`: which event was folded as the how-many-eth, when it was
 * recorded, and what it touched. Questions about the past are answered by them.
 */
export interface FoldIndex {
  /** Gives the next event its number. */
  readonly next: (recorded: RecordedEvent) => FoldedEvent
  /** Records a numbered event, with what it touched where it is a capture. */
  readonly record: (event: FoldedEvent, touched?: Touched) => void
  /** Writes what was recorded, all of it in one block. */
  readonly flush: (block: number) => void
}

type Last = Pick<FoldedEvent, "ordinal" | "position" | "recordedAt">

/** The index as it is now; whoever else writes to it makes this one useless. */
export const makeFoldIndex = (db: Database, perBlock: number): FoldIndex => {
  const last: Last = db
    .prepare<[], Last>(
      "SELECT ordinal, position, recorded_at AS recordedAt FROM folded ORDER BY ordinal DESC LIMIT 1",
    )
    .get() ?? { ordinal: 0, position: beginning, recordedAt: 0 }
  const rows = makeBulkInsert(db, "folded", 9)
  const writeBlock = db.prepare(
    `INSERT INTO blocks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
       first_seen = min(first_seen, excluded.first_seen), last_seen = excluded.last_seen`,
  )
  let { ordinal, position, recordedAt } = last
  // Of the present block the least event time, and of everything so far the greatest.
  let firstSeen = Number.POSITIVE_INFINITY
  let lastSeen =
    db.prepare<[], number | null>("SELECT max(last_seen) FROM blocks").pluck().get() ?? 0

  return {
    next: (recorded) => {
      ordinal++
      const here = recorded.position
      const ownPosition = here < position ? here : null
      if (ownPosition === null) position = here
      // A clock that was set back does not make what is later earlier.
      if (recorded.recordedAt > recordedAt) recordedAt = recorded.recordedAt
      return { ordinal, block: blockOf(ordinal, perBlock), position, recordedAt, ownPosition }
    },
    record: (event, touched) => {
      rows.values.push(
        event.ordinal,
        event.position,
        event.recordedAt,
        event.ownPosition,
        touched?.findingNo ?? null,
        touched?.targetNo ?? null,
        touched?.attackerNo ?? null,
        touched?.at ?? null,
        touched?.outcome ?? null,
      )
      rows.next()
      if (touched === undefined) return
      if (touched.at < firstSeen) firstSeen = touched.at
      if (touched.at > lastSeen) lastSeen = touched.at
    },
    flush: (block) => {
      rows.flush()
      if (firstSeen !== Number.POSITIVE_INFINITY) writeBlock.run(block, firstSeen, lastSeen)
      firstSeen = Number.POSITIVE_INFINITY
    },
  }
}
