import { type Database, SqliteError } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import { copyLedger, vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { PendingRecords } from "../checked.ts"
import { memoryLedger } from "../memoryLedger.ts"
import { type NewContents, VectorStoreUnavailable } from "../VectorStore.ts"
import { besideMark, KindTables } from "./KindTables.ts"

const attempt = attempting(VectorStoreUnavailable)

/**
 * Builds kinds again in tables of their own in a store's file, a batch at a time, so that others
 * write in between and read what was there. The last step renames them in one transaction.
 */
export const beginRebuild = Effect.fn("beginRebuild")(function* (
  database: Database,
  live: KindTables,
  only: string | undefined,
): Effect.fn.Return<NewContents, VectorStoreUnavailable, Scope> {
  const beside = new KindTables(database, besideMark)
  const writing = <A>(work: () => A): A => database.transaction(work).immediate()
  const dropAll = (tables: KindTables, kinds: ReadonlyArray<string>): void => {
    for (const kind of kinds) {
      const row = tables.find(kind)
      if (row !== undefined) tables.drop(row)
    }
  }
  const kindsOf = (tables: KindTables) => tables.described().map(({ kind }) => kind)
  // Also what a process has left that was killed.
  const clearAway = () => writing(() => dropAll(beside, kindsOf(beside)))

  yield* Effect.acquireRelease(attempt("begin a rebuild", clearAway), () =>
    attempt("remove a rebuild's files", () => {
      clearAway()
      giveBackSpace(database)
    }).pipe(Effect.catch((error) => Effect.logWarning(error.message))),
  )

  const ledger = yield* memoryLedger

  const promote: NewContents["promote"] = (finish) =>
    Effect.acquireUseRelease(
      attempt("lock out other writers", () => database.exec("BEGIN IMMEDIATE")),
      () =>
        Effect.gen(function* () {
          const at = yield* attempt("read the vectors' checkpoint", () =>
            readCheckpoint(database, vectorsProjectionName),
          )
          const place = yield* finish(at)
          yield* attempt("switch over", () => {
            dropAll(live, only === undefined ? kindsOf(live) : [only])
            for (const kind of kindsOf(beside)) {
              const row = beside.find(kind)
              if (row !== undefined) beside.reveal(row)
            }
            copyLedger(ledger, database, place)
            database.exec("COMMIT")
          })
        }),
      () =>
        Effect.sync(() => {
          if (database.inTransaction) database.exec("ROLLBACK")
        }),
    )

  return {
    read: (operation, work) => attempt(operation, () => work(ledger)),
    // What is written to the ledger is undone where the vectors cannot be written.
    commit: (operation, work) =>
      attempt(operation, () =>
        ledger.transaction(() => {
          const pending = new PendingRecords(beside.shapeOf)
          const result = work({ database: ledger, put: (record) => pending.put(record) })
          writing(() => beside.write(pending.records))
          return result
        })(),
      ),
    digests: attempt("compare", () => database.transaction(() => beside.digests())()),
    promote,
  }
})

// What has been dropped is free for what comes; that the file becomes smaller too needs it for us
// alone, and where somebody else is using it that can wait.
const giveBackSpace = (database: Database): void => {
  try {
    database.exec("VACUUM")
    database.pragma("wal_checkpoint(TRUNCATE)")
  } catch (cause) {
    if (!(cause instanceof SqliteError && cause.code.startsWith("SQLITE_BUSY"))) throw cause
  }
}
