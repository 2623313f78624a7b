import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { layerFake } from "../../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { vectorStoreConformance } from "../conformance.ts"

vectorStoreConformance("fake", () => layerFake())

it("a fake store says that it is one, and why it stands in for another", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      expect(yield* (yield* VectorStore).health).toEqual({
        backend: "fake",
        location: null,
        kinds: 0,
        vectors: 0,
        fallback: "the library is missing",
        problem: null,
      })
    }).pipe(Effect.provide(layerFake("the library is missing"))),
  ))
