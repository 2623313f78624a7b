import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { vectorsText } from "../cli/render/vectorsText.ts"
import { type VectorKind, VectorStore, type VectorStoreHealth } from "../vectorstore/VectorStore.ts"
import { askVectors } from "./askVectors.ts"

/** The answer of `credtrail vectors --json`. */
export interface Vectors {
  readonly health: VectorStoreHealth
  readonly kinds: ReadonlyArray<VectorKind>
}

export const showVectors = Effect.fn("showVectors")(function* (input: {
  readonly data: string
  readonly json: boolean
}) {
  const vectors = yield* askVectors(
    input.data,
    Effect.gen(function* () {
      const store = yield* VectorStore
      return { health: yield* store.health, kinds: yield* store.kinds } satisfies Vectors
    }),
  )
  yield* Console.log(input.json ? jsonText(vectors, 2) : vectorsText(vectors))
})
