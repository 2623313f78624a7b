import { existsSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import { type Database, SqliteError } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { attempting } from "../../sqlite/sqliteFailure.ts"
import { ReadModelUnavailable } from "../ReadModel.ts"
import { generationsIn } from "./GenerationRegistry.ts"

/** Another process is making or switching a generation, or rebuilding the vectors. */
export class RebuildBusy extends Schema.TaggedError<RebuildBusy>()("RebuildBusy", {
  data: Schema.String,
}) {
  override get message(): string {
    return `another process is rebuilding in ${this.data}, or rolling the read models back: let it finish (credtrail status shows it), then run this again`
  }
}

/**
 * Keeps other processes from making and switching generations, and from rebuilding the vectors, until
 * the scope is closed. It is a lock of SQLite on a file of its own, so it goes with the process however
 * that ends.
 */
export const rebuildLock = (
  data: string,
): Effect.Effect<void, RebuildBusy | ReadModelUnavailable, Scope> =>
  Effect.asVoid(
    Effect.acquireRelease(
      attempt("lock the generations", () => lock(data)),
      (held) => Effect.sync(() => held.close()),
    ),
  )

const lock = (data: string): Database => {
  mkdirSync(generationsIn(data), { recursive: true, mode: 0o700 }) // may be the first in a new data directory
  try {
    return openDatabase("lock", join(generationsIn(data), "rebuild.lock"), (database) =>
      database.exec("BEGIN EXCLUSIVE"),
    )
  } catch (cause) {
    if (cause instanceof SqliteError && cause.code === "SQLITE_BUSY")
      throw new RebuildBusy({ data })
    throw cause
  }
}

/** Whether some process holds the lock now; only looks. */
export const isRebuilding = (data: string): boolean => {
  const file = join(generationsIn(data), "rebuild.lock")
  if (!existsSync(file)) return false
  try {
    openDatabase("lockProbe", file, (database) =>
      database.prepare("SELECT count(*) FROM sqlite_schema").get(),
    ).close()
    return false
  } catch (cause) {
    if (cause instanceof SqliteError && cause.code === "SQLITE_BUSY") return true
    throw cause
  }
}

const attempt = attempting(ReadModelUnavailable, RebuildBusy)
