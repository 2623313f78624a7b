import { resolve } from "node:path"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { beginning } from "../../domain/position.ts"
import { moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import { attempt } from "./attempt.ts"
import { type CheckedRecord, checkKnn, checkName, checkQuery, checkRecords } from "./checked.ts"
import { KindTables } from "./KindTables.ts"
import { openVectorFile } from "./openVectorFile.ts"
import { makeSqliteVecSearch } from "./sqliteVecSearch.ts"
import {
  type TakenIn,
  type VectorRecord,
  type VectorRefused,
  VectorStore,
  VectorStoreUnavailable,
} from "./VectorStore.ts"

interface SqliteVecOptions {
  /** The store's file. SQLite keeps two more beside it, with `-wal` and `-shm` after its name. */
  readonly file: string
  readonly mode: "read-write" | "read-only"
  /** Where the extension's library is; by default where its package has it. */
  readonly extension?: string
}

/** The name that the checkpoint is kept under: there is one projection into the store. */
const checkpointName = "vectors"

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
        unrefused(attempt("open", () => openVectorFile(file, options.mode, extension))),
        (opened) => Effect.sync(() => opened.close()),
      )
      return yield* unrefused(attempt("open", () => makeStore(database, file)))
    }),
  )

const packagedExtension = Effect.tryPromise({
  try: async () => (await import("sqlite-vec")).getLoadablePath(),
  catch: (cause) =>
    new VectorStoreUnavailable({
      operation: "open",
      kind: "no-extension",
      reason: `sqlite-vec is not installed for this system: ${cause instanceof Error ? cause.message : String(cause)}`,
    }),
})

const makeStore = (database: Database, file: string): VectorStore["Service"] => {
  const tables = new KindTables(database)
  const search = makeSqliteVecSearch(tables)
  const reading = <A>(work: () => A): A => database.transaction(work)()
  const writing = <A>(work: () => A): A => database.transaction(work).immediate()

  const keep = (records: ReadonlyArray<VectorRecord>): void => {
    const checked = checkRecords(records, (kind) => tables.find(kind))
    const byKind = Map.groupBy(checked, (record) => record.kind)
    for (const [kind, ofKind] of byKind) {
      const [{ metric, vector }] = ofKind as [CheckedRecord] // a group has at least one
      const row = tables.find(kind) ?? tables.add(kind, { metric, dimension: vector.length })
      tables.put(row, ofKind)
    }
  }
  const isAt = (at: { readonly position: string; readonly commitNo: number }): boolean => {
    const { position, commitNo } = readCheckpoint(database, checkpointName)
    return position === at.position && commitNo === at.commitNo
  }
  const insertMany: VectorStore["Service"]["insertMany"] = (records) =>
    attempt("insert", () => writing(() => keep(records)))
  const remember = ({ stream, revision, id, position }: TakenIn): void => {
    database
      .prepare("INSERT OR REPLACE INTO last_taken_in VALUES (1, ?, ?, ?, ?)")
      .run(stream, revision, id, position)
  }
  const kinds = unrefused(attempt("list kinds", () => reading(() => tables.described())))

  return VectorStore.of({
    insert: (record) => insertMany([record]),
    insertMany,
    get: (kind, id) =>
      attempt("read", () => {
        checkName(kind, id)
        return reading(() => {
          const row = tables.find(kind)
          const found = row && tables.get(row, id)
          return row && found && { kind, id, metric: row.metric, ...found }
        })
      }),
    delete: (kind, id) =>
      attempt("delete", () => {
        checkName(kind, id)
        return writing(() => {
          const row = tables.find(kind)
          return row !== undefined && tables.remove(row, id)
        })
      }),
    knn: (query) =>
      attempt("search", () =>
        reading(() => {
          const row = tables.find(query.kind)
          const vector = checkKnn(query, row)
          return row === undefined ? [] : search.nearest(row, query.version, vector, query.k)
        }),
      ),
    countWithin: (query) =>
      attempt("search", () =>
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
    checkpoint: unrefused(
      attempt("read the checkpoint", () => readCheckpoint(database, checkpointName)),
    ),
    lastTakenIn: unrefused(
      attempt(
        "read which log it was made from",
        () =>
          database
            .prepare<[], TakenIn>("SELECT stream, revision, id, position FROM last_taken_in")
            .get() ?? null,
      ),
    ),
    takeIn: (from, to, records) =>
      attempt("take in events", () =>
        writing(() => {
          if (!isAt(from)) return undefined
          keep(records)
          moveCheckpoint(database, checkpointName, from, to.position, records.length)
          remember(to)
          return { position: to.position, commitNo: from.commitNo + 1 }
        }),
      ),
    rebuildKind: (kind, records, at) =>
      attempt("rebuild", () => {
        checkName(kind, null)
        const done = writing(() => {
          if (!isAt(at)) return false
          const row = tables.find(kind)
          if (row !== undefined) tables.drop(row)
          keep(records)
          return true
        })
        if (done) giveBackSpace(database)
        return done
      }),
    clear: (at) =>
      attempt("clear", () =>
        writing(() => {
          if (!isAt(at)) return false
          for (const { kind } of tables.described()) {
            const row = tables.find(kind)
            if (row !== undefined) tables.drop(row)
          }
          moveCheckpoint(database, checkpointName, at, beginning, 0)
          database.exec("DELETE FROM last_taken_in")
          return true
        }),
      ),
  })
}

// What has been dropped is free for what comes; that the file becomes smaller too needs it for us
// alone, and where somebody else is using it that can wait.
const giveBackSpace = (database: Database): void => {
  try {
    database.exec("VACUUM")
    database.pragma("wal_checkpoint(TRUNCATE)")
  } catch (cause) {
    if (
      !(cause instanceof Error && "code" in cause && String(cause.code).startsWith("SQLITE_BUSY"))
    ) {
      throw cause
    }
  }
}

// Where nothing is inserted or asked, nothing is refused.
const unrefused = <A>(
  work: Effect.Effect<A, VectorRefused | VectorStoreUnavailable>,
): Effect.Effect<A, VectorStoreUnavailable> =>
  Effect.catchTag(work, "VectorRefused", (refused) => Effect.die(refused))
