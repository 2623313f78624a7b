import * as Effect from "effect/Effect"
import { type VectorKind, VectorStore, type VectorStoreHealth } from "../vectorstore/VectorStore.ts"
import { readyVectors } from "./readyVectors.ts"

/** The answer of `credtrail vectors --json`. */
export interface Vectors {
  readonly health: VectorStoreHealth
  readonly kinds: ReadonlyArray<VectorKind>
}

/** Shows the vector store: its kinds, how many vectors it has, its health. */
export const showVectors = Effect.fn("showVectors")(function* () {
  const warnings = yield* readyVectors
  const store = yield* VectorStore
  const answer: Vectors = { health: yield* store.health, kinds: yield* store.kinds }
  return { answer, warnings }
})
