import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerSqliteVec } from "../../../src/infra/vectorstore/SqliteVecStore.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"
import { vectorStoreConformance } from "./conformance.ts"

vectorStoreConformance("sqlite-vec", () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) =>
      layerSqliteVec({ file: join(directory, "not yet", "vectors.sqlite"), mode: "read-write" }),
    ),
  ),
)
