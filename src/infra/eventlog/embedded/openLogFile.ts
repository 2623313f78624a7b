import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import Sqlite, { type Database, SqliteError } from "better-sqlite3"
import { useWriteAheadLog } from "../../sqlite/useWriteAheadLog.ts"
import { EventLogUnavailable } from "../EventLog.ts"
import { applicationId, schema, schemaVersion } from "./embeddedSchema.ts"

/** How long to wait for another process's append, in milliseconds. */
const busyTimeout = 5000
/** 64 MiB, for the index of ids. */
const cacheSize = "cache_size = -65536"
/** 8 MiB: a reader goes through the log once. */
const readersCacheSize = "cache_size = -8192"

/**
 * Opens the log in a file, made where there is none. A file that is something else is left as it
 * is. Throws {@link EventLogUnavailable} or what SQLite and the file system throw.
 */
export const openLogFile = (file: string): Database => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (existsSync(file)) examine(file)
  const database = new Sqlite(file, { timeout: busyTimeout })
  return ready(database, () => {
    // Made before the switch to WAL, so that the mark is in the file itself from the start.
    if (isEmpty(database)) database.transaction(() => create(database)).immediate()
    check(database, file)
    useWriteAheadLog(database)
    // Read models are kept less carefully: after a power cut they must not know what the log lost.
    database.pragma("synchronous = FULL")
    // Event ids are random, so every append touches pages all over their index: a longer WAL would
    // write fewer of them back. But writing back stops everything else for as long as it takes, and
    // 4 MiB at a time keep what is live within a tenth of a second.
    database.pragma("wal_autocheckpoint = 1000")
    database.pragma(cacheSize)
  })
}

/** Opens the log in a file for reading alone. */
export const openLogFileReadOnly = (file: string): Database => {
  if (!existsSync(file)) throw absent(file)
  mustBeFile(file)
  const database = new Sqlite(file, { readonly: true, timeout: busyTimeout })
  return ready(database, () => {
    if (isEmpty(database)) throw absent(file)
    check(database, file)
    database.pragma(readersCacheSize)
  })
}

const create = (database: Database): void => {
  if (isEmpty(database)) database.exec(schema) // else another process was faster
}

const isEmpty = (database: Database): boolean =>
  database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0 &&
  database.pragma("application_id", { simple: true }) === 0

const check = (database: Database, file: string): void => {
  if (database.pragma("application_id", { simple: true }) !== applicationId) {
    throw new EventLogUnavailable({
      operation: "open",
      kind: "corrupt",
      reason: `${file} is a database, but not a credtrail log; it was left as it is. Name another file for the log`,
    })
  }
  const version = Number(database.pragma("user_version", { simple: true }))
  if (version > schemaVersion) {
    throw new EventLogUnavailable({
      operation: "open",
      kind: "too-new",
      reason: `${file} has schema version ${version}, this credtrail knows up to ${schemaVersion}. Run the newer credtrail that wrote it, or name another file`,
    })
  }
}

const mustBeFile = (file: string): void => {
  if (statSync(file).isFile()) return
  throw new EventLogUnavailable({
    operation: "open",
    kind: "corrupt",
    reason: `${file} is not a file. Name a file for the log`,
  })
}

// A look through a connection that cannot write. Opened for writing, a foreign database might be
// changed by the mere closing. Not by reading the file's first bytes: closing a file drops the
// locks that SQLite holds on it elsewhere in this process.
const examine = (file: string): void => {
  mustBeFile(file)
  try {
    ready(new Sqlite(file, { readonly: true, timeout: busyTimeout }), (database) => {
      if (!isEmpty(database)) check(database, file)
    }).close()
  } catch (cause) {
    if (cause instanceof SqliteError && cause.code === "SQLITE_NOTADB") throw notADatabase(file)
    // A write to it was cut off: only a connection that can write is able to undo the half of it.
    if (cause instanceof SqliteError && cause.code.startsWith("SQLITE_READONLY")) return
    throw cause
  }
}

const ready = (database: Database, prepare: (database: Database) => void): Database => {
  try {
    prepare(database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

const notADatabase = (file: string): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "open",
    kind: "corrupt",
    reason: `${file} is not a credtrail log, nor any SQLite database; it was left as it is. Name another file for the log`,
  })

const absent = (file: string): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "open",
    kind: "unreachable",
    reason: `there is no log at ${file} yet. Run credtrail ingest first, or name another file`,
  })
