import * as Effect from "effect/Effect"
import { layerSqliteVec } from "../../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../../src/infra/vectorstore/VectorStore.ts"
import { eventAt, foldUpTo } from "../../transactions.ts"

// Inserts batches of 50 vectors of a kind and prints the number of each when it is in. Every third
// vector of a batch replaces one of the batch before. Arguments: file, kind, the number of batches,
// and "checkpoint" to move the checkpoint with each.
const [file = "", kind = "", batches = "", how] = process.argv.slice(2)

await Effect.runPromise(
  Effect.gen(function* () {
    const store = yield* VectorStore
    for (let batch = 1; batch <= Number(batches); batch++) {
      const records = Array.from({ length: 50 }, (_, n) => ({
        kind,
        id: n % 3 === 0 ? `${batch - 1}-${n + 1}` : `${batch}-${n}`,
        version: 1,
        metric: "l2" as const,
        vector: [batch, n, 0, 1],
      }))
      if (how === "checkpoint") {
        yield* foldUpTo(store, eventAt(String(batch).padStart(16, "0")), records)
      } else yield* store.insertMany(records)
      console.log(batch)
    }
  }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-write" }))),
)
