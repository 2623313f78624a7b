import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beginning } from "../../../domain/event/position.ts"
import type { Checkpoint } from "../../../projections/checkpoint.ts"
import { VectorStore, type VectorStoreHealth } from "../VectorStore.ts"

const health: VectorStoreHealth = {
  backend: "null",
  location: null,
  kinds: 0,
  vectors: 0,
  fallback: null,
  problem: null,
}

const unstarted: Checkpoint = { position: beginning, commitNo: 0 }

/** Where no vectors are wanted: everything succeeds, nothing is looked at and nothing is kept. */
export const layerNull: Layer.Layer<VectorStore> = Layer.succeed(VectorStore, {
  insert: () => Effect.void,
  insertMany: () => Effect.void,
  get: () => Effect.succeed(undefined),
  delete: () => Effect.succeed(false),
  knn: () => Effect.succeed([]),
  countWithin: () => Effect.succeed(0),
  kinds: Effect.succeed([]),
  health: Effect.succeed(health),
  digests: Effect.succeed([]),
  checkpoint: Effect.succeed(unstarted),
  lastTakenIn: Effect.succeed(null),
  takeIn: ({ commitNo }, { position }) => Effect.succeed({ position, commitNo: commitNo + 1 }),
  beginAnew: () =>
    Effect.succeed({
      add: () => Effect.void,
      digests: Effect.succeed([]),
      promote: (finish) => Effect.asVoid(finish(unstarted)),
    }),
})
