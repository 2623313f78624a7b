import { distance } from "../src/domain/session/distance.ts"
import { extractors } from "../src/domain/session/extractors.ts"
import { type KindNeighbours, rankSessions } from "../src/domain/session/rank.ts"
import type { EvaluatedSession } from "./readSessions.ts"

/** The ids of some sessions, the most like a given one first. */
export type Ranking = (
  session: EvaluatedSession,
  candidates: ReadonlyArray<EvaluatedSession>,
) => ReadonlyArray<EvaluatedSession>

const byDistance = (
  a: { readonly distance: number; readonly session: EvaluatedSession },
  b: typeof a,
): number => a.distance - b.distance || (a.session.id < b.session.id ? -1 : 1)

/** By the distance in one kind. */
export const rankingByKind =
  (kind: string): Ranking =>
  (session, candidates) =>
    distancesTo(kind, session, candidates)
      .sort(byDistance)
      .map((near) => near.session)

/** By all kinds, as `credtrail similar` ranks; `store` is what the base rates are taken from. */
export const rankingByAll =
  (store: ReadonlyArray<EvaluatedSession>): Ranking =>
  (session, candidates) => {
    const total = store.filter(({ vectors }) => vectors.size > 0).length - 1
    const kinds: Array<KindNeighbours> = []
    for (const { kind } of extractors) {
      if (!session.vectors.has(kind)) continue
      const others = distancesTo(kind, session, store)
        .map((near) => near.distance)
        .sort((a, b) => a - b)
      kinds.push({
        kind,
        total,
        neighbours: distancesTo(kind, session, candidates).map((near) => ({
          id: near.session.id,
          distance: near.distance,
          within: countUpTo(others, near.distance),
        })),
      })
    }
    const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
    return rankSessions(kinds).flatMap(({ id }) => byId.get(id) ?? [])
  }

const distancesTo = (
  kind: string,
  session: EvaluatedSession,
  others: ReadonlyArray<EvaluatedSession>,
): Array<{ readonly session: EvaluatedSession; readonly distance: number }> => {
  const from = session.vectors.get(kind)
  const metric = extractors.find((extractor) => extractor.kind === kind)?.metric ?? "l2"
  if (from === undefined) return []
  return others.flatMap((other) => {
    const to = other.vectors.get(kind)
    if (to === undefined || other === session) return []
    return [{ session: other, distance: distance(metric, from, to) }]
  })
}

/** How many of these, in ascending order, are at most so large. */
const countUpTo = (ascending: ReadonlyArray<number>, limit: number): number => {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ascending[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
