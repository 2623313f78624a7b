import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { showFolding } from "../cli/showFolding.ts"
import { rebuildLock } from "../readmodel/rebuild/rebuildLock.ts"
import { isOwnLog } from "../vectorstore/ownLog.ts"
import { catchUpVectors } from "../vectorstore/projectVectors.ts"
import { rebuildVectors } from "../vectorstore/rebuildVectors.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { Storage } from "./Storage.ts"

/** Which backend keeps the vectors of a data directory, open for writing once. */
export const vectorBackend = Effect.fn("vectorBackend")(function* (data: string) {
  const storage = yield* Storage
  const { backend } = yield* VectorStore.use(({ health }) => health).pipe(
    Effect.provide(storage.openVectors(data, "read-write")),
  )
  return backend
})

/** Makes the vectors in a file anew from the log, all of them or those of one kind. */
export const rebuildVectorStore = Effect.fn("rebuildVectorStore")(function* (
  data: string,
  only?: string,
) {
  const storage = yield* Storage
  return yield* Effect.gen(function* () {
    yield* rebuildLock(data)
    // Where no service is at work, the vectors may be behind the log.
    if (yield* isOwnLog) {
      yield* catchUpVectors("stop").pipe(
        Effect.catchTag("PoisonEvent", (poison) =>
          Console.error(`warning: the vectors stop where they stand: ${poison.message}`),
        ),
      )
    }
    return yield* showFolding((onProgress) => rebuildVectors({ only, onProgress }))
  }).pipe(
    Effect.scoped,
    Effect.provide(storage.openVectors(data, "read-write")),
    // The log is read alone.
    Effect.provide(storage.open(data, "read-only")),
  )
})
