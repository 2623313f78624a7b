import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import { vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import { memoryLedger } from "../memoryLedger.ts"
import { VectorStore, type VectorStoreHealth, type VectorTransactions } from "../VectorStore.ts"

const health: VectorStoreHealth = {
  backend: "null",
  location: null,
  kinds: 0,
  vectors: 0,
  fallback: null,
  problem: null,
}

/** Where no vectors are wanted: everything succeeds, nothing is looked at and nothing is kept. */
export const layerNull: Layer.Layer<VectorStore> = Layer.effect(
  VectorStore,
  Effect.map(memoryLedger, (ledger) => {
    const transactions: VectorTransactions = {
      read: (_, work) => Effect.sync(() => work(ledger)),
      commit: (_, work) => Effect.sync(() => work({ database: ledger, put: () => undefined })),
    }
    return VectorStore.of({
      ...transactions,
      insert: () => Effect.void,
      insertMany: () => Effect.void,
      get: () => Effect.succeed(undefined),
      delete: () => Effect.succeed(false),
      knn: () => Effect.succeed([]),
      countWithin: () => Effect.succeed(0),
      kinds: Effect.succeed([]),
      health: Effect.succeed(health),
      digests: Effect.succeed([]),
      beginRebuild: () =>
        Effect.succeed({
          ...transactions,
          digests: Effect.succeed([]),
          promote: (finish) => Effect.asVoid(finish(readCheckpoint(ledger, vectorsProjectionName))),
        }),
    })
  }),
)
