import type { Timestamp } from "../../domain/timestamp.ts"

/** First, last and how many: what is kept of every pair and of every credential. */
export interface Tally {
  firstSeen: Timestamp
  lastSeen: Timestamp
  attemptCount: number
}

export const startTally = (observedAt: Timestamp): Tally => ({
  firstSeen: observedAt,
  lastSeen: observedAt,
  attemptCount: 1,
})

/** Counts one more. A tally belongs to one batch, so it is changed in place. */
export const addToTally = (tally: Tally, observedAt: Timestamp): void => {
  if (observedAt < tally.firstSeen) tally.firstSeen = observedAt
  if (observedAt > tally.lastSeen) tally.lastSeen = observedAt
  tally.attemptCount++
}
