import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerFake } from "./fake/FakeVectorStore.ts"
import { layerNull } from "./null/NullVectorStore.ts"
import { layerSqliteVec } from "./sqliteVec/SqliteVecStore.ts"
import { VectorStore, VectorStoreUnavailable } from "./VectorStore.ts"
import { type VectorStoreMisconfigured, vectorStoreSettings } from "./vectorStoreSettings.ts"

interface ChosenOptions {
  readonly data: string
  readonly mode: "read-write" | "read-only"
  /** Where the extension's library is; by default where its package has it. */
  readonly extension?: string
}

/**
 * The vector store that the environment asks for. Where sqlite-vec cannot be loaded, for whatever
 * reason, it is one in memory, with a warning; or an error, if the environment is strict.
 */
export const layerChosen = ({
  data,
  ...options
}: ChosenOptions): Layer.Layer<VectorStore, VectorStoreUnavailable | VectorStoreMisconfigured> =>
  Layer.unwrap(
    Effect.map(vectorStoreSettings, ({ type, path, strict }) => {
      if (type === "null") return layerNull
      if (type === "fake") return layerFake()
      const wanted = layerSqliteVec({ file: path ?? join(data, "vectors.sqlite"), ...options })
      return wanted.pipe(Layer.catch((error) => standIn(error, strict)))
    }),
  )

const standIn = (
  error: VectorStoreUnavailable,
  strict: boolean,
): Layer.Layer<VectorStore, VectorStoreUnavailable> => {
  if (error.kind !== "no-extension") return Layer.effect(VectorStore, Effect.fail(error))
  if (strict) {
    const reason = `${error.reason}. Reinstall with npm ci, or unset CREDTRAIL_VECTORSTORE_STRICT to keep vectors in memory`
    return Layer.effect(
      VectorStore,
      Effect.fail(
        new VectorStoreUnavailable({ operation: error.operation, kind: error.kind, reason }),
      ),
    )
  }
  return layerFake(error.reason).pipe(
    Layer.tap(() =>
      Effect.logWarning(`${error.reason}; vectors are kept in memory for as long as this runs`),
    ),
  )
}
