import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { VectorStore, type VectorStoreUnavailable } from "../vectorstore/VectorStore.ts"
import type { VectorStoreMisconfigured } from "../vectorstore/vectorStoreSettings.ts"
import type { Answer } from "./Answer.ts"

/** Opens the vectors, apart from the rest. */
export type VectorsLayer<R> = Layer.Layer<
  VectorStore,
  VectorStoreUnavailable | VectorStoreMisconfigured,
  R
>

/**
 * Works on the vectors where they outlive the process that projects them; elsewhere the answer is
 * `otherwise`. That they cannot be opened or used now does not keep the rest from being answered: it
 * is a warning.
 */
export const withKeptVectors = <A, R>(
  vectors: VectorsLayer<R>,
  otherwise: A,
  work: (
    store: VectorStore["Service"],
  ) => Effect.Effect<A, EventLogUnavailable | VectorStoreUnavailable, EventLog | VectorStore>,
): Effect.Effect<Answer<A>, EventLogUnavailable, EventLog | R> =>
  Effect.gen(function* () {
    const store = yield* VectorStore
    const { backend } = yield* store.health
    const answer = backend === "sqlite-vec" ? yield* work(store) : otherwise
    return { answer, warnings: [] }
  }).pipe(
    Effect.provide(vectors),
    Effect.catchTag(["VectorStoreUnavailable", "VectorStoreMisconfigured"], ({ message }) =>
      Effect.succeed({ answer: otherwise, warnings: [message] }),
    ),
  )
