import { distance } from "../src/domain/session/distance.ts"
import type { EvaluatedSession } from "./readSessions.ts"

/** What became of sessions that tried nothing but pairs of one list. */
export interface Strangers {
  /** Sessions that tried at least three pairs, all of them of the list. */
  readonly sessions: number
  /** Pairs of them, from different addresses, with at least three pairs in common. */
  readonly sharing: number
  /** Those whose lists of credentials are near each other: false merges. */
  readonly merged: number
}

const leastPairs = 3
/** Within this distance `cred_list` speaks for the same hand. */
const reach = 0.6

/** Counts false merges among strangers who share a word list that everybody has. */
export const strangersWith = (
  sessions: Iterable<EvaluatedSession>,
  isCommon: (pair: string) => boolean,
): Strangers => {
  const strangers = [...sessions].filter(
    ({ pairs }) => pairs.size >= leastPairs && [...pairs].every(isCommon),
  )
  let [sharing, merged] = [0, 0]
  for (const [index, one] of strangers.entries()) {
    for (const other of strangers.slice(index + 1)) {
      if (one.attackerIp === other.attackerIp) continue
      if (one.pairs.intersection(other.pairs).size < leastPairs) continue
      sharing++
      const [a, b] = [one.vectors.get("cred_list"), other.vectors.get("cred_list")]
      if (a !== undefined && b !== undefined && distance("cosine", a, b) <= reach) merged++
    }
  }
  return { sessions: strangers.length, sharing, merged }
}

/** The pairs that were tried from at least so many addresses. */
export const pairsOfMany = (
  sessions: Iterable<EvaluatedSession>,
  addresses: number,
): ReadonlySet<string> => {
  const from = new Map<string, Set<string>>()
  for (const { pairs, attackerIp } of sessions) {
    for (const pair of pairs) {
      const known = from.get(pair)
      if (known === undefined) from.set(pair, new Set([attackerIp]))
      else known.add(attackerIp)
    }
  }
  return new Set([...from].flatMap(([pair, { size }]) => (size >= addresses ? [pair] : [])))
}
