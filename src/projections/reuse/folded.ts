import type { Database } from "better-sqlite3"
import type { Outcome } from "../../domain/capture/capture.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { makeBulkInsert } from "../BulkInsert.ts"

/** How many events make a block; see `docs/decisions/0011-past-states-are-kept-in-blocks.md`. */
export const blockSize = 5000

/** The block that the event with an ordinal belongs to. */
export const blockOf = (ordinal: number, perBlock: number = blockSize): number =>
  Math.floor((ordinal - 1) / perBlock)

/**
 * The record of what was folded: events are numbered from 1 in the order in which they are folded,
 * and each {@link blockSize} of them are a block. What is remembered of an event is where it stands
 * in the log, when it was recorded, and what a capture touched.
 */
export interface Folded {
  /** The number of the event that is being folded, and its block. */
  readonly ordinal: () => number
  readonly block: () => number
  /** Whether the next event begins a block: then all before it must have been written. */
  readonly beginsBlock: () => boolean
  /** The next event: a capture with what it touched, or another without. */
  readonly next: (recorded: RecordedEvent) => void
  readonly capture: (
    findingNo: number,
    targetNo: number,
    attackerNo: number,
    at: number,
    outcome: Outcome | null,
  ) => void
  readonly other: () => void
  readonly flush: () => void
  readonly forget: () => void
}

interface Last {
  readonly ordinal: number
  readonly position: Position
  readonly recordedAt: number
}

export const makeFolded = (db: Database, perBlock: number): Folded => {
  const readLast = db.prepare<[], Last>(
    "SELECT ordinal, position, recorded_at AS recordedAt FROM folded ORDER BY ordinal DESC LIMIT 1",
  )
  const readLastSeen = db.prepare<[], number | null>("SELECT max(last_seen) FROM blocks").pluck()
  const rows = makeBulkInsert(db, "folded", 9)
  const writeBlock = db.prepare(
    `INSERT INTO blocks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
       first_seen = min(first_seen, excluded.first_seen), last_seen = excluded.last_seen`,
  )

  let loaded = false
  let ordinal = 0
  let block = 0
  let position = beginning
  let recordedAt = 0
  let own: Position | null = null
  // Of the present block the least event time, and of everything so far the greatest.
  let firstSeen = Number.POSITIVE_INFINITY
  let lastSeen = 0

  const load = (): void => {
    if (loaded) return
    loaded = true
    const last = readLast.get()
    ordinal = last?.ordinal ?? 0
    position = last?.position ?? beginning
    recordedAt = last?.recordedAt ?? 0
    block = ordinal === 0 ? 0 : blockOf(ordinal, perBlock)
    firstSeen = Number.POSITIVE_INFINITY
    lastSeen = readLastSeen.get() ?? 0
  }

  const row = (
    findingNo: number | null,
    targetNo: number | null,
    attackerNo: number | null,
    at: number | null,
    outcome: Outcome | null,
  ): void => {
    rows.values.push(
      ordinal,
      position,
      recordedAt,
      own,
      findingNo,
      targetNo,
      attackerNo,
      at,
      outcome,
    )
    rows.next()
  }

  return {
    ordinal: () => ordinal,
    block: () => block,
    beginsBlock: () => {
      load()
      return ordinal % perBlock === 0
    },
    next: (recorded) => {
      load()
      ordinal++
      block = blockOf(ordinal, perBlock)
      const here = recorded.position
      // An event that was set aside is folded later than it stands in the log.
      own = here < position ? here : null
      if (own === null) position = here
      // A clock that was set back does not make what is later earlier.
      const then = recorded.recordedAt
      if (then > recordedAt) recordedAt = then
    },
    capture: (findingNo, targetNo, attackerNo, at, outcome) => {
      row(findingNo, targetNo, attackerNo, at, outcome)
      if (at < firstSeen) firstSeen = at
      if (at > lastSeen) lastSeen = at
    },
    other: () => row(null, null, null, null, null),
    flush: () => {
      rows.flush()
      if (firstSeen !== Number.POSITIVE_INFINITY) writeBlock.run(block, firstSeen, lastSeen)
      firstSeen = Number.POSITIVE_INFINITY
    },
    forget: () => {
      rows.forget()
      loaded = false
    },
  }
}
