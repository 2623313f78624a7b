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
  /** Whether to keep vectors in memory where their file is damaged: other work must not wait for it. */
  readonly evenIfDamaged?: true
  /** Where the extension's library is; by default where its package has it. */
  readonly extension?: string
}

/**
 * The vector store that the environment asks for. Where sqlite-vec cannot be loaded, for whatever
 * reason, it is one in memory, with a warning; or an error, if the environment is strict.
 */
export const layerChosen = ({
  data,
  evenIfDamaged,
  ...options
}: ChosenOptions): Layer.Layer<VectorStore, VectorStoreUnavailable | VectorStoreMisconfigured> =>
  Layer.unwrap(
    Effect.map(vectorStoreSettings, ({ type, path, strict }) => {
      if (type === "null") return layerNull
      if (type === "fake") return layerFake()
      const wanted = layerSqliteVec({ file: path ?? join(data, "vectors.sqlite"), ...options })
      return wanted.pipe(Layer.catch((error) => standIn(error, strict, evenIfDamaged === true)))
    }),
  )

const standIn = (
  error: VectorStoreUnavailable,
  strict: boolean,
  evenIfDamaged: boolean,
): Layer.Layer<VectorStore, VectorStoreUnavailable> => {
  if (error.kind === "corrupt" && evenIfDamaged && !strict) {
    const reason = `${error.message}. Vectors are made from the log: move vectors.sqlite and its -wal and -shm away, and they are built again`
    return inMemory(reason)
  }
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
  return inMemory(error.reason)
}

const inMemory = (reason: string): Layer.Layer<VectorStore> =>
  layerFake(reason).pipe(
    Layer.tap(() =>
      Effect.logWarning(`${reason}; vectors are kept in memory for as long as this runs`),
    ),
  )
