import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { describe, it } from "vitest"
import { VectorStore } from "../../../src/infra/vectorstore/VectorStore.ts"
import type { ConformanceTest } from "./conformance/ConformanceTest.ts"
import { keeping } from "./conformance/keeping.ts"
import { refusing } from "./conformance/refusing.ts"
import { searching } from "./conformance/searching.ts"

/** What every layer of the {@link VectorStore} that keeps something must do, beginning empty. */
export const vectorStoreConformance = <E>(
  name: string,
  makeLayer: () => Layer.Layer<VectorStore, E>,
): void => {
  const test: ConformanceTest = (title, body) => {
    it(title, () =>
      Effect.runPromise(Effect.scoped(VectorStore.use(body)).pipe(Effect.provide(makeLayer()))),
    )
  }
  describe(`${name} is a vector store`, () => {
    keeping(test)
    searching(test)
    refusing(test)
  })
}
