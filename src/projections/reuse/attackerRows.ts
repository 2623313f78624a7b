import type { Database } from "better-sqlite3"
import { makeBulkInsert } from "../BulkInsert.ts"
import type { Attacker } from "./entities.ts"
import type { FoldedEvent } from "./foldIndex.ts"
import { count, type Tally } from "./KeyDelta.ts"

/** Counts the captures of each attacker within a batch, and writes each attacker once. */
export interface AttackerRows {
  /** Returns whether this is the attacker's first since the last `write`. */
  readonly count: (attacker: Attacker, at: number) => boolean
  readonly write: (last: FoldedEvent) => void
}

export const makeAttackerRows = (db: Database): AttackerRows => {
  // Every attacker has a row by now, made when its number was asked for.
  const rows = makeBulkInsert(
    db,
    "attackers (attacker_no, ip, uuid, first_seen, last_seen, attempt_count, since, block)",
    8,
    `ON CONFLICT (attacker_no) DO UPDATE SET
       first_seen = min(coalesce(first_seen, excluded.first_seen), excluded.first_seen),
       last_seen = max(coalesce(last_seen, excluded.last_seen), excluded.last_seen),
       attempt_count = attempt_count + excluded.attempt_count, block = excluded.block`,
  )
  const tallies = new Map<number, Tally & { readonly attacker: Attacker }>()
  return {
    count: (attacker, at) => {
      const tally = tallies.get(attacker.no)
      if (tally !== undefined) {
        count(tally, at)
        return false
      }
      tallies.set(attacker.no, {
        no: attacker.no,
        attacker,
        firstSeen: at,
        lastSeen: at,
        attemptCount: 1,
      })
      return true
    },
    write: ({ ordinal, block }) => {
      for (const { no, attacker, firstSeen, lastSeen, attemptCount } of tallies.values()) {
        rows.values.push(
          no,
          attacker.ip,
          attacker.uuid,
          firstSeen,
          lastSeen,
          attemptCount,
          ordinal,
          block,
        )
        rows.next()
      }
      rows.flush()
      tallies.clear()
    },
  }
}
