import { resolve } from "node:path"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { checkKnn, checkName, checkQuery, checkRecords, PendingRecords } from "../checked.ts"
import { VectorRefused, VectorStore, VectorStoreUnavailable } from "../VectorStore.ts"
import { beginRebuild } from "./beginRebuild.ts"
import { KindTables } from "./KindTables.ts"
import { openVectorFile } from "./openVectorFile.ts"
import { makeSqliteVecSearch } from "./sqliteVecSearch.ts"

interface SqliteVecOptions {
  /** The store's file. SQLite keeps two more beside it, with `-wal` and `-shm` after its name. */
  readonly file: string
  readonly mode: "read-write" | "read-only"
  /** Where the extension's library is; by default where its package has it. */
  readonly extension?: string
}

/**
 * Vectors in an SQLite file, by sqlite-vec. Any number of processes may use it while they take
 * turns in writing. Fails with the kind `no-extension` where sqlite-vec cannot be loaded.
 */
export const layerSqliteVec = (
  options: SqliteVecOptions,
): Layer.Layer<VectorStore, VectorStoreUnavailable> =>
  Layer.effect(
    VectorStore,
    Effect.gen(function* () {
      const file = resolve(options.file)
      const extension = options.extension ?? (yield* packagedExtension)
      const database = yield* Effect.acquireRelease(
        attempt("open the vector store", () => openVectorFile(file, options.mode, extension)),
        (opened) => Effect.sync(() => opened.close()),
      )
      return yield* attempt("open the vector store", () => makeStore(database, file))
    }),
  )

const attempt = attempting(VectorStoreUnavailable)
/** For operations with input, which may be refused. */
const attemptChecked = attempting(VectorStoreUnavailable, VectorRefused)

const packagedExtension = Effect.tryPromise({
  try: async () => (await import("sqlite-vec")).getLoadablePath(),
  catch: (cause) =>
    new VectorStoreUnavailable({
      operation: "open the vector store",
      kind: "no-extension",
      reason: `sqlite-vec is not installed for this system: ${cause instanceof Error ? cause.message : String(cause)}`,
    }),
})

const makeStore = (database: Database, file: string): VectorStore["Service"] => {
  const tables = new KindTables(database)
  const search = makeSqliteVecSearch(tables)
  const reading = <A>(work: () => A): A => database.transaction(work)()
  const writing = <A>(work: () => A): A => database.transaction(work).immediate()

  const insertMany: VectorStore["Service"]["insertMany"] = (records) =>
    attemptChecked("insert vectors", () =>
      writing(() => tables.write(checkRecords(records, tables.shapeOf))),
    )
  const kinds = attempt("list vector kinds", () => reading(() => tables.described()))

  return VectorStore.of({
    insert: (record) => insertMany([record]),
    insertMany,
    get: (kind, id) =>
      attemptChecked("read a vector", () => {
        checkName(kind, id)
        return reading(() => {
          const row = tables.find(kind)
          const found = row && tables.get(row, id)
          return row && found && { kind, id, metric: row.metric, ...found }
        })
      }),
    delete: (kind, id) =>
      attemptChecked("delete a vector", () => {
        checkName(kind, id)
        return writing(() => {
          const row = tables.find(kind)
          return row !== undefined && tables.remove(row, id)
        })
      }),
    knn: (query) =>
      attemptChecked("search the vectors", () =>
        reading(() => {
          const row = tables.find(query.kind)
          const vector = checkKnn(query, row)
          return row === undefined ? [] : search.nearest(row, query.version, vector, query.k)
        }),
      ),
    countWithin: (query) =>
      attemptChecked("search the vectors", () =>
        reading(() => {
          const row = tables.find(query.kind)
          const vector = checkQuery(query, row)
          if (row === undefined) return 0
          return search.inMemory(row, query.version).countWithin(vector, query.distance)
        }),
      ),
    kinds,
    health: kinds.pipe(
      Effect.match({
        onSuccess: (all) => ({
          kinds: all.length,
          vectors: all.reduce((sum, { vectors }) => sum + vectors, 0),
          problem: null,
        }),
        onFailure: (error) => ({ kinds: 0, vectors: 0, problem: error.message }),
      }),
      Effect.catchDefect((defect) =>
        Effect.succeed({ kinds: 0, vectors: 0, problem: String(defect) }),
      ),
      Effect.map((seen) => ({
        backend: "sqlite-vec" as const,
        location: file,
        fallback: null,
        ...seen,
      })),
    ),
    digests: attempt("compare vectors", () => reading(() => tables.digests())),
    read: (operation, work) => attempt(operation, () => reading(() => work(database))),
    commit: (operation, work) =>
      attempt(operation, () =>
        writing(() => {
          const pending = new PendingRecords(tables.shapeOf)
          const result = work({ database, put: (record) => pending.put(record) })
          tables.write(pending.records)
          return result
        }),
      ),
    beginRebuild: (only) => beginRebuild(database, tables, only),
  })
}
