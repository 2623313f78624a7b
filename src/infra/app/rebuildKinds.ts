import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { jsonText } from "../cli/render/jsonText.ts"
import { rebuiltVectorsText } from "../cli/render/rebuiltVectorsText.ts"
import { ownLog } from "../vectorstore/ownLog.ts"
import { rebuildVectorStore, vectorBackend } from "./rebuildVectorStore.ts"
import { Storage } from "./Storage.ts"
import { NotFound, UsageError } from "./UsageError.ts"

/** Makes the vectors of one kind anew from the log, or all of them if none is named. */
export const rebuildKinds = Effect.fn("rebuildKinds")(function* (input: {
  readonly data: string
  readonly kind: string | undefined
  readonly json: boolean
}) {
  const { data, kind } = input
  const storage = yield* Storage
  yield* Effect.gen(function* () {
    const backend = yield* vectorBackend(data)
    if (backend !== "sqlite-vec") {
      return yield* new UsageError({
        message: `the vector store is ${backend}, which keeps nothing that could be rebuilt`,
      })
    }
    if (kind === undefined) return
    // One kind of this log among others of another would be none of both.
    yield* Effect.provide(ownLog, storage.openVectors(data, "read-only"))
    // Opened first: a directory that was named by mistake is not made.
  }).pipe(Effect.provide(storage.open(data, "read-only")))
  const rebuilt = yield* rebuildVectorStore(data, kind)
  if (kind !== undefined && rebuilt.kinds.length === 0) {
    return yield* new NotFound({
      message: `there are no vectors of kind "${kind}", in the store or in the log`,
    })
  }
  yield* Console.log(
    input.json ? jsonText({ rebuilt: rebuilt.kinds }, 2) : rebuiltVectorsText(rebuilt),
  )
})
