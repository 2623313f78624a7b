import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { ownLog } from "../../vectorstore/ownLog.ts"
import { jsonText } from "../render/jsonText.ts"
import { rebuiltVectorsText } from "../render/rebuiltVectorsText.ts"
import { Storage } from "../Storage.ts"
import { NotFound, UsageError } from "../UsageError.ts"
import { rebuildVectorStore, vectorBackend } from "./rebuildVectorStore.ts"

export const rebuildKinds = Effect.fn("rebuildKinds")(function* (input: {
  readonly data: string
  readonly kind: string | undefined
  readonly json: boolean
}) {
  const { data, kind } = input
  const backend = yield* vectorBackend(data)
  if (backend !== "sqlite-vec") {
    return yield* new UsageError({
      message: `the vector store is ${backend}, which keeps nothing that could be rebuilt`,
    })
  }
  if (kind !== undefined) {
    // One kind of this log among others of another would be none of both.
    const storage = yield* Storage
    yield* ownLog.pipe(
      Effect.provide(storage.openVectors(data, "read-only")),
      Effect.provide(storage.open(data, "read-only")),
    )
  }
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
