import { statSync } from "node:fs"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { vectorStoreConformance } from "../conformance.ts"

vectorStoreConformance("sqlite-vec", () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) =>
      layerSqliteVec({ file: join(directory, "not yet", "vectors.sqlite"), mode: "read-write" }),
    ),
  ),
)

it("makes the directory of its file for this user alone, where it is the first to", () =>
  Effect.gen(function* () {
    const file = join(yield* temporaryDirectory, "new", "vectors.sqlite")
    yield* Effect.provide(VectorStore, layerSqliteVec({ file, mode: "read-write" }))
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700)
  }).pipe(Effect.scoped, Effect.runPromise))
