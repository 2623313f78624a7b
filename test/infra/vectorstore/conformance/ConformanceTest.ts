import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../../../../src/projections/vectors/vectorsProjection.ts"

type Store = VectorStore["Service"]

/** Defines a test of a store that is there, and empty, for this test. */
export type ConformanceTest = (
  title: string,
  body: (store: Store) => Effect.Effect<void, unknown, Scope>,
) => void

/** A record of kind "ja3", unless said otherwise. */
export const record = (
  id: string,
  vector: ReadonlyArray<number>,
  more: Partial<VectorRecord> = {},
): VectorRecord => ({ kind: "ja3", id, version: 1, metric: "l2", vector, ...more })

/** What is asked of kind "ja3", unless said otherwise. */
export const near = (
  vector: ReadonlyArray<number>,
  k: number,
  more: { readonly kind?: string; readonly version?: number } = {},
) => ({ kind: "ja3", version: 1, vector, k, ...more })

export const idsOf = (neighbours: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  neighbours.map(({ id }) => id)
