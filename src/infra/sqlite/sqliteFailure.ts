import { SqliteError } from "better-sqlite3"
import * as Effect from "effect/Effect"

/** Why a SQLite file cannot be used now; `reason` says what the operator can do about it. */
export interface SqliteFailure {
  readonly kind: "disk-full" | "read-only" | "busy" | "corrupt"
  readonly reason: string
}

/**
 * What a failure of SQLite, or of the file system under it, means to whoever runs the program.
 * `undefined` is any other failure: a mistake in the program, to be treated as a defect.
 */
export const sqliteFailure = (cause: unknown): SqliteFailure | undefined => {
  const code = codeOf(cause)
  if (code === undefined) return undefined
  const exact = byCode[code]
  if (exact !== undefined) return exact
  // An extended code begins with the code it refines: SQLITE_BUSY_SNAPSHOT.
  return byCode[code.split("_", 2).join("_")]
}

const codeOf = (cause: unknown): string | undefined => {
  if (cause instanceof SqliteError) return cause.code
  if (!(cause instanceof Error) || !("code" in cause)) return undefined
  return typeof cause.code === "string" ? cause.code : undefined
}

const diskFull: SqliteFailure = {
  kind: "disk-full",
  reason:
    "no space is left on the disk, or in the quota; nothing was written. Free some space and run this again",
}
const readOnly: SqliteFailure = {
  kind: "read-only",
  reason:
    "the file or its directory cannot be written by this user, or the disk is mounted read-only. Check owner and permissions of both: SQLite keeps a -wal and a -shm file next to the database",
}
const cannotOpen: SqliteFailure = {
  kind: "read-only",
  reason:
    "the file, or the -wal and -shm files that SQLite keeps next to it, cannot be opened or created. Check that the path is a file, and owner and permissions of the file and its directory; to read a database from a directory that must stay read-only, copy it elsewhere first",
}
const moved: SqliteFailure = {
  kind: "read-only",
  reason:
    "the file was moved, replaced or deleted while it was in use; nothing was written. Put it back and start again",
}
const busy: SqliteFailure = {
  kind: "busy",
  reason:
    "another process kept the file locked for too long. If the other one is still working, run this again when it is done",
}
const corrupt: SqliteFailure = {
  kind: "corrupt",
  reason:
    "the file is damaged or not an SQLite database. Restore it from a copy, or move it away to start with a new one",
}

const byCode: Readonly<Record<string, SqliteFailure>> = {
  SQLITE_FULL: diskFull,
  // Extending the shared-memory file of a WAL database, which fails on a full disk.
  SQLITE_IOERR_SHMSIZE: diskFull,
  ENOSPC: diskFull,
  EDQUOT: diskFull,
  SQLITE_READONLY: readOnly,
  SQLITE_READONLY_DBMOVED: moved,
  // A WAL database that nobody has open, to be read in a directory that cannot be written.
  SQLITE_READONLY_DIRECTORY: cannotOpen,
  SQLITE_READONLY_CANTINIT: cannotOpen,
  SQLITE_PERM: readOnly,
  EACCES: readOnly,
  EPERM: readOnly,
  EROFS: readOnly,
  SQLITE_CANTOPEN: cannotOpen,
  EEXIST: cannotOpen,
  EISDIR: cannotOpen,
  ENOTDIR: cannotOpen,
  SQLITE_BUSY: busy,
  SQLITE_LOCKED: busy,
  SQLITE_PROTOCOL: busy,
  SQLITE_CORRUPT: corrupt,
  SQLITE_NOTADB: corrupt,
}

/** What a service fails with where its database cannot be used. */
type Unavailable<E> = new (props: {
  readonly operation: string
  readonly kind: SqliteFailure["kind"]
  readonly reason: string
}) => E

/**
 * How a service works on its database: what SQLite refuses fails as `Unavailable`, where `operation`
 * completes "cannot ...". An error of that class or of `expected` that the work throws itself is
 * the failure too; anything else thrown is a defect.
 */
export const attempting =
  <E, Expected = never>(
    Unavailable: Unavailable<E>,
    expected?: new (...props: never) => Expected,
  ) =>
  <A>(operation: string, work: () => A): Effect.Effect<A, E | Expected> =>
    Effect.suspend((): Effect.Effect<A, E | Expected> => {
      try {
        return Effect.succeed(work())
      } catch (thrown) {
        if (thrown instanceof Unavailable) return Effect.fail(thrown)
        if (expected !== undefined && thrown instanceof expected) return Effect.fail(thrown)
        const failure = sqliteFailure(thrown)
        return failure === undefined
          ? Effect.die(thrown)
          : Effect.fail(new Unavailable({ operation, ...failure }))
      }
    })
