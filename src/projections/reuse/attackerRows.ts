import type { Database } from "better-sqlite3"
import type { Timestamp } from "../../domain/timestamp.ts"
import { addToTally, startTally, type Tally } from "./tally.ts"

/** Counts the captures of each attacker within a batch, and writes each attacker once. */
export interface AttackerRows {
  readonly count: (attackerNo: number, observedAt: Timestamp) => void
  readonly write: () => void
  readonly forget: () => void
}

export const makeAttackerRows = (db: Database): AttackerRows => {
  const update = db.prepare(
    `UPDATE attackers SET first_seen = min(coalesce(first_seen, :first), :first),
       last_seen = max(coalesce(last_seen, :last), :last), attempt_count = attempt_count + :count
     WHERE attacker_no = :no`,
  )
  const tallies = new Map<number, Tally>()
  return {
    count: (attackerNo, observedAt) => {
      const tally = tallies.get(attackerNo)
      if (tally === undefined) tallies.set(attackerNo, startTally(observedAt))
      else addToTally(tally, observedAt)
    },
    write: () => {
      for (const [no, { firstSeen, lastSeen, attemptCount }] of tallies) {
        update.run({ no, first: firstSeen, last: lastSeen, count: attemptCount })
      }
      tallies.clear()
    },
    forget: () => tallies.clear(),
  }
}
