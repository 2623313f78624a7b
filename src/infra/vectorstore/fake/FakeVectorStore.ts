import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beginning } from "../../../domain/event/position.ts"
import type { Checkpoint } from "../../../projections/checkpoint.ts"
import { checkKnn, checkName, checkQuery, checkRecords, refusing, type Shape } from "../checked.ts"
import { kindDigest, vectorDigest } from "../kindDigest.ts"
import {
  type KindDigest,
  type TakenIn,
  type VectorKind,
  type VectorRecord,
  VectorStore,
} from "../VectorStore.ts"
import { ExactIndex } from "./ExactIndex.ts"

/**
 * Vectors in memory, gone with the layer: for tests, and where sqlite-vec cannot be had. `fallback`
 * says why this is not the backend that was asked for.
 */
export const layerFake = (fallback: string | null = null): Layer.Layer<VectorStore> =>
  Layer.sync(VectorStore, () => {
    const kinds: Kinds = new Map()
    let checkpoint: Checkpoint = { position: beginning, commitNo: 0 }
    let lastTakenIn: TakenIn | null = null
    const isAt = (at: Checkpoint): boolean =>
      at.position === checkpoint.position && at.commitNo === checkpoint.commitNo

    const keep = (records: ReadonlyArray<VectorRecord>): void => keepAmong(kinds, records)

    return VectorStore.of({
      insert: (record) => refusing(() => keep([record])),
      insertMany: (records) => refusing(() => keep(records)),
      get: (kind, id) =>
        refusing(() => {
          checkName(kind, id)
          const found = kinds.get(kind)?.get(id)
          return found && { kind, id, ...found }
        }),
      delete: (kind, id) =>
        refusing(() => {
          checkName(kind, id)
          return kinds.get(kind)?.remove(id) ?? false
        }),
      knn: (query) =>
        refusing(() => {
          const kind = kinds.get(query.kind)
          const vector = checkKnn(query, kind?.shape)
          return kind?.indexes.get(query.version)?.nearest(vector, query.k) ?? []
        }),
      countWithin: (query) =>
        refusing(() => {
          const kind = kinds.get(query.kind)
          const vector = checkQuery(query, kind?.shape)
          return kind?.indexes.get(query.version)?.countWithin(vector, query.distance) ?? 0
        }),
      kinds: Effect.sync(() =>
        [...kinds]
          .map(([name, kind]) => kind.described(name))
          .sort((a, b) => (a.kind < b.kind ? -1 : 1)),
      ),
      health: Effect.sync(() => ({
        backend: "fake" as const,
        location: null,
        kinds: kinds.size,
        vectors: kinds.values().reduce((sum, { size }) => sum + size, 0),
        fallback,
        problem: null,
      })),
      digests: Effect.sync(() => digestsOf(kinds)),
      checkpoint: Effect.sync(() => checkpoint),
      lastTakenIn: Effect.sync(() => lastTakenIn),
      takeIn: (from, to, records) =>
        refusing(() => {
          if (!isAt(from)) return undefined
          keep(records)
          checkpoint = { position: to.position, commitNo: from.commitNo + 1 }
          lastTakenIn = to
          return checkpoint
        }),
      beginAnew: (only) =>
        Effect.sync(() => {
          const beside: Kinds = new Map()
          return {
            add: (records) => refusing(() => keepAmong(beside, records)),
            digests: Effect.sync(() => digestsOf(beside)),
            promote: (finish) =>
              Effect.map(
                Effect.suspend(() => finish(checkpoint)),
                (to) => {
                  if (only === undefined) kinds.clear()
                  else kinds.delete(only)
                  for (const [name, kind] of beside) kinds.set(name, kind)
                  if (to === undefined) return
                  checkpoint = {
                    position: to?.position ?? beginning,
                    commitNo: checkpoint.commitNo + 1,
                  }
                  lastTakenIn = to
                },
              ),
          }
        }),
    })
  })

type Kinds = Map<string, FakeKind>

const keepAmong = (kinds: Kinds, records: ReadonlyArray<VectorRecord>): void => {
  // All are looked at before the first is kept.
  for (const record of checkRecords(records, (kind) => kinds.get(kind)?.shape)) {
    const { kind: name, id, version, metric, vector } = record
    const kind = kinds.get(name) ?? new FakeKind({ metric, dimension: vector.length })
    kinds.set(name, kind)
    kind.put(id, version, vector)
  }
}

const digestsOf = (kinds: Kinds): ReadonlyArray<KindDigest> =>
  [...kinds]
    .filter(([, { size }]) => size > 0)
    .map(([name, kind]) => kindDigest(name, kind.shape, kind.digests()))
    .sort((a, b) => (a.kind < b.kind ? -1 : 1))

class FakeKind {
  readonly shape: Shape
  /** By extractor version. */
  readonly indexes = new Map<number, ExactIndex>()
  readonly #versions = new Map<string, number>()

  constructor(shape: Shape) {
    this.shape = shape
  }

  get size(): number {
    return this.#versions.size
  }

  put(id: string, version: number, vector: Float32Array): void {
    if (this.#versions.get(id) !== version) this.remove(id)
    const { metric, dimension } = this.shape
    const index = this.indexes.get(version) ?? new ExactIndex(metric, dimension)
    this.indexes.set(version, index)
    index.put(id, vector)
    this.#versions.set(id, version)
  }

  get(id: string) {
    const version = this.#versions.get(id)
    const vector = version === undefined ? undefined : this.indexes.get(version)?.get(id)
    if (version === undefined || vector === undefined) return undefined
    return { version, metric: this.shape.metric, vector }
  }

  remove(id: string): boolean {
    const version = this.#versions.get(id)
    if (version === undefined) return false
    this.#versions.delete(id)
    return this.indexes.get(version)?.remove(id) ?? false
  }

  *digests(): Generator<string> {
    for (const [id, version] of this.#versions) {
      const vector = this.indexes.get(version)?.get(id)
      if (vector !== undefined) yield vectorDigest(id, version, vector)
    }
  }

  described(kind: string): VectorKind {
    const versions = [...this.indexes]
      .filter(([, { size }]) => size > 0)
      .map(([version, { size }]) => ({ version, vectors: size }))
      .sort((a, b) => a.version - b.version)
    return { kind, ...this.shape, vectors: this.size, versions }
  }
}
