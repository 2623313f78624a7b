import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { visible } from "../cli/render/visible.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { askIfThere } from "../eventlog/LogAvailability.ts"
import { ownLog } from "../vectorstore/ownLog.ts"
import { catchUpVectors, vectorTypes } from "../vectorstore/projectVectors.ts"
import { VectorStore } from "../vectorstore/VectorStore.ts"
import { logAwayWarning } from "./askReadModels.ts"
import { Storage, type Stores } from "./Storage.ts"

/**
 * Asks the vector store something. One in memory is filled from the log first; one in a file is
 * asked as it is, and that it is behind the log is said on standard error.
 */
export const askVectors = Effect.fnUntraced(function* <A, E>(
  data: string,
  ask: Effect.Effect<A, E, VectorStore | Stores>,
) {
  const storage = yield* Storage
  return yield* Effect.gen(function* () {
    const store = yield* VectorStore
    const log = yield* EventLog
    const { backend } = yield* store.health
    if (backend === "fake") yield* catchUpVectors("skip")
    if (backend === "sqlite-vec") {
      yield* askIfThere(ownLog)
      const { position } = yield* store.checkpoint
      const gap = yield* askIfThere(log.gap(position, vectorTypes))
      if (gap === undefined) {
        yield* Console.error(`warning: ${visible(yield* logAwayWarning)}`)
      } else if (gap > 0) {
        yield* Console.error(
          `warning: the vectors are ${gap} events behind the log; credtrail status says whether a service is at it, credtrail ingest or run brings them up to date or says what stands in the way`,
        )
      }
    }
    return yield* ask
  }).pipe(
    Effect.provide(storage.openVectors(data, "read-only")),
    Effect.provide(storage.open(data, "read-only")),
  )
})
