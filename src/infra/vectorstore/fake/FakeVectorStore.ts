import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import { copyLedger, vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import type { VectorRecord } from "../../../projections/vectors/vectorsProjection.ts"
import {
  type CheckedRecord,
  checkKnn,
  checkName,
  checkQuery,
  checkRecords,
  PendingRecords,
  refusing,
  type Shape,
} from "../checked.ts"
import { kindDigest, vectorDigest } from "../kindDigest.ts"
import { memoryLedger } from "../memoryLedger.ts"
import {
  type KindDigest,
  type VectorKind,
  VectorStore,
  type VectorTransactions,
} from "../VectorStore.ts"
import { ExactIndex } from "./ExactIndex.ts"

/**
 * Vectors in memory, gone with the layer: for tests, and where sqlite-vec cannot be had. `fallback`
 * says why this is not the backend that was asked for.
 */
export const layerFake = (fallback: string | null = null): Layer.Layer<VectorStore> =>
  Layer.effect(
    VectorStore,
    Effect.map(memoryLedger, (ledger) => {
      const kinds: Kinds = new Map()
      return VectorStore.of({
        ...transactions(kinds, ledger),
        insert: (record) => refusing(() => keepAmong(kinds, [record])),
        insertMany: (records) => refusing(() => keepAmong(kinds, records)),
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
        beginRebuild: (only) =>
          Effect.map(memoryLedger, (ownLedger) => {
            const beside: Kinds = new Map()
            return {
              ...transactions(beside, ownLedger),
              digests: Effect.sync(() => digestsOf(beside)),
              promote: (finish) =>
                Effect.map(
                  Effect.suspend(() => finish(readCheckpoint(ledger, vectorsProjectionName))),
                  (place) => {
                    if (only === undefined) kinds.clear()
                    else kinds.delete(only)
                    for (const [name, kind] of beside) kinds.set(name, kind)
                    copyLedger(ownLedger, ledger, place)
                  },
                ),
            }
          }),
      })
    }),
  )

const transactions = (kinds: Kinds, ledger: Database): VectorTransactions => ({
  read: (_, work) => Effect.sync(() => work(ledger)),
  commit: (_, work) =>
    Effect.sync(() =>
      ledger.transaction(() => {
        const pending = new PendingRecords((kind) => kinds.get(kind)?.shape)
        const result = work({ database: ledger, put: (record) => pending.put(record) })
        keepChecked(kinds, pending.records)
        return result
      })(),
    ),
})

type Kinds = Map<string, FakeKind>

// All are checked before the first is kept.
const keepAmong = (kinds: Kinds, records: ReadonlyArray<VectorRecord>): void =>
  keepChecked(
    kinds,
    checkRecords(records, (kind) => kinds.get(kind)?.shape),
  )

const keepChecked = (kinds: Kinds, records: ReadonlyArray<CheckedRecord>): void => {
  for (const { kind: name, id, version, metric, vector } of records) {
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
