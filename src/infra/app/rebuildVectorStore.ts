import * as Effect from "effect/Effect"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { type RebuildBusy, rebuildLock } from "../readmodel/rebuild/rebuildLock.ts"
import { isOwnLog, requireOwnLog } from "../readmodel/vectors/ownLog.ts"
import { catchUpVectors } from "../readmodel/vectors/projectVectors.ts"
import {
  type RebuiltVectors,
  rebuildVectors,
  type VectorsDiffer,
} from "../readmodel/vectors/rebuildVectors.ts"
import {
  VectorStore,
  type VectorStoreHealth,
  type VectorStoreUnavailable,
} from "../vectorstore/VectorStore.ts"
import { type Answer, NotFound } from "./Answer.ts"
import { type RebuildRequest, registerRebuild } from "./rebuildReadModels.ts"

/** What came of a rebuild of the vectors; `null` for a backend that keeps nothing to rebuild. */
export interface RebuiltVectorStore {
  readonly backend: VectorStoreHealth["backend"]
  readonly rebuilt: RebuiltVectors | null
}

/** Rebuilds the vectors that are kept in a file from the log, all of them or those of one kind. */
export const rebuildVectorStore = Effect.fn("rebuildVectorStore")(function* ({
  data,
  kind,
  onProgress,
}: RebuildRequest & { readonly kind?: string | undefined }): Effect.fn.Return<
  Answer<RebuiltVectorStore>,
  | EventLogUnavailable
  | NotFound
  | ReadModelUnavailable
  | RebuildBusy
  | VectorsDiffer
  | VectorStoreUnavailable,
  EventLog | VectorStore
> {
  const { backend } = yield* VectorStore.use(({ health }) => health)
  if (backend !== "sqlite-vec") return { answer: { backend, rebuilt: null }, warnings: [] }
  // One kind of this log among others of another would be none of both.
  if (kind !== undefined) yield* requireOwnLog
  const warnings: Array<string> = []
  const rebuilt = yield* Effect.scoped(
    Effect.gen(function* () {
      yield* registerRebuild(data)
      yield* rebuildLock(data)
      // Where no service is at work, the vectors may be behind the log.
      if (yield* isOwnLog) {
        yield* catchUpVectors("stop").pipe(
          Effect.catchTag("PoisonEvent", ({ message }) =>
            Effect.sync(() => warnings.push(`the vectors are not up to date: ${message}`)),
          ),
        )
      }
      return yield* rebuildVectors({ only: kind, onProgress })
    }),
  )
  if (kind !== undefined && rebuilt.kinds.length === 0) {
    return yield* new NotFound({
      message: `there are no vectors of kind "${kind}", in the store or in the log`,
    })
  }
  return { answer: { backend, rebuilt }, warnings }
})
