import { type Database, SqliteError } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { type NewContents, VectorRefused, VectorStoreUnavailable } from "../VectorStore.ts"
import { besideMark, KindTables } from "./KindTables.ts"
import { moveTo, placeIn } from "./placeInLog.ts"

const attempt = attempting(VectorStoreUnavailable)
const attemptChecked = attempting(VectorStoreUnavailable, VectorRefused)

/**
 * Makes kinds anew in tables of their own in a store's file, a batch at a time, so that others write
 * in between and read what was there. The last step renames them in one transaction.
 */
export const beginAnew = Effect.fn("beginAnew")(function* (
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

  const promote: NewContents["promote"] = (finish) =>
    Effect.acquireUseRelease(
      attempt("lock out other writers", () => database.exec("BEGIN IMMEDIATE")),
      () =>
        Effect.gen(function* () {
          const at = yield* attempt("read the checkpoint", () => placeIn(database))
          const to = yield* finish(at)
          yield* attempt("switch over", () => {
            dropAll(live, only === undefined ? kindsOf(live) : [only])
            for (const kind of kindsOf(beside)) {
              const row = beside.find(kind)
              if (row !== undefined) beside.reveal(row)
            }
            if (to !== undefined) moveTo(database, at, to, 0)
            database.exec("COMMIT")
          })
        }),
      () =>
        Effect.sync(() => {
          if (database.inTransaction) database.exec("ROLLBACK")
        }),
    )

  return {
    add: (records) =>
      attemptChecked("rebuild the vectors", () => writing(() => beside.keep(records))),
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
