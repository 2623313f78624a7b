import type { Totals } from "../queries/Finding.ts"

/** Counts, and keeps the first few in the order of a list of findings. */
export interface Top<A> {
  readonly add: (item: A) => void
  readonly count: () => number
  readonly best: () => ReadonlyArray<A>
}

interface Rank extends Totals {
  readonly id: string
}

/** Keeps those with the most targets, then attackers, then attempts: `limit` of them. */
export const makeTop = <A>(limit: number, rankOf: (item: A) => Rank): Top<A> => {
  const kept: Array<{ readonly item: A; readonly rank: Rank }> = []
  let count = 0
  return {
    add: (item) => {
      count++
      const rank = rankOf(item)
      const last = kept.at(-1)
      if (kept.length === limit && last !== undefined && compare(last.rank, rank) <= 0) return
      const at = kept.findIndex((other) => compare(rank, other.rank) < 0)
      kept.splice(at === -1 ? kept.length : at, 0, { item, rank })
      if (kept.length > limit) kept.pop()
    },
    count: () => count,
    best: () => kept.map(({ item }) => item),
  }
}

const compare = (a: Rank, b: Rank): number =>
  b.targetCount - a.targetCount ||
  b.attackerCount - a.attackerCount ||
  b.attemptCount - a.attemptCount ||
  (a.id < b.id ? -1 : 1)
