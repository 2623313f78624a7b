import * as Effect from "effect/Effect"
import {
  type Contribution,
  type KindNeighbour,
  type KindNeighbours,
  rankSessions,
  surprise,
} from "../../domain/session/rank.ts"
import {
  type Neighbour,
  type VectorRefused,
  VectorStore,
  type VectorStoreUnavailable,
} from "./VectorStore.ts"

/** A session near one of those asked about, in one kind. */
export interface NearInKind extends KindNeighbour {
  readonly nearTo: string
  readonly total: number
  readonly surprise: number
}

/** A session near one of those asked about, over all kinds. */
export interface NearSession {
  readonly id: string
  /** The one it is nearest to. */
  readonly nearTo: string
  readonly score: number
  readonly contributions: ReadonlyArray<Contribution>
}

/** Sessions that look alike, the nearest first. */
export interface NearSessions {
  readonly fused: ReadonlyArray<NearSession>
  readonly kinds: ReadonlyArray<{
    readonly kind: string
    readonly sessions: ReadonlyArray<NearInKind>
  }>
}

/** How many of each kind may be ranked. */
const candidatesOfKind = 200

/**
 * The sessions that look like any of these, their `own` left out: per kind, and fused. Every
 * distance of a session is reckoned, because how many are as near tells how surprising it is;
 * `population` is how many sessions have been fingerprinted at all.
 */
export const nearSessions = Effect.fn("nearSessions")(function* (
  asked: ReadonlyArray<string>,
  own: ReadonlySet<string>,
  population: number,
  limit: number,
): Effect.fn.Return<NearSessions, VectorRefused | VectorStoreUnavailable, VectorStore> {
  const fused = new Map<string, NearSession>()
  const kinds = new Map<string, Map<string, NearInKind>>()
  for (const id of asked) {
    const measured = yield* distancesFrom(id, population - 1)
    const candidates = new Set(
      measured.flatMap(({ neighbours }) =>
        neighbours
          .filter((neighbour) => !own.has(neighbour.id))
          .slice(0, candidatesOfKind)
          .map((neighbour) => neighbour.id),
      ),
    )
    const wanted = measured.map((kind) => ({
      ...kind,
      neighbours: kind.neighbours.filter((neighbour) => candidates.has(neighbour.id)),
    }))
    for (const ranked of rankSessions(wanted)) {
      const known = fused.get(ranked.id)
      if (known === undefined || known.score < ranked.score) {
        fused.set(ranked.id, { ...ranked, nearTo: id })
      }
    }
    for (const { kind, total, neighbours } of wanted) {
      const nearest = kinds.get(kind) ?? new Map<string, NearInKind>()
      kinds.set(kind, nearest)
      for (const neighbour of neighbours) {
        const known = nearest.get(neighbour.id)
        if (known !== undefined && known.distance <= neighbour.distance) continue
        const surprising = surprise(neighbour.within, total)
        nearest.set(neighbour.id, { ...neighbour, nearTo: id, total, surprise: surprising })
      }
    }
  }
  return {
    fused: [...fused.values()]
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, limit),
    kinds: [...kinds]
      .map(([kind, nearest]) => ({
        kind,
        sessions: [...nearest.values()]
          .sort((a, b) => a.distance - b.distance || (a.id < b.id ? -1 : 1))
          .slice(0, limit),
      }))
      .sort((a, b) => (a.kind < b.kind ? -1 : 1)),
  }
})

/** How far all others are from one session, in each kind that it has a vector of. */
const distancesFrom = Effect.fnUntraced(function* (
  id: string,
  total: number,
): Effect.fn.Return<
  ReadonlyArray<KindNeighbours>,
  VectorRefused | VectorStoreUnavailable,
  VectorStore
> {
  const store = yield* VectorStore
  const measured: Array<KindNeighbours> = []
  for (const { kind, vectors } of yield* store.kinds) {
    const own = yield* store.get(kind, id)
    if (own === undefined) continue
    const { version, vector } = own
    const found = yield* store.knn({ kind, version, vector, k: vectors })
    const others = found.filter((neighbour) => neighbour.id !== id)
    measured.push({ kind, total, neighbours: counted(others) })
  }
  return measured
})

/** With each neighbour, how many are at most so far away. */
const counted = (neighbours: ReadonlyArray<Neighbour>): ReadonlyArray<KindNeighbour> => {
  const result: Array<KindNeighbour> = []
  let within = neighbours.length
  for (let index = neighbours.length - 1; index >= 0; index--) {
    const neighbour = neighbours[index]
    if (neighbour === undefined) continue
    const next = neighbours[index + 1]
    if (next === undefined || next.distance !== neighbour.distance) within = index + 1
    result.push({ ...neighbour, within })
  }
  return result.reverse()
}
