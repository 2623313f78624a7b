import { existsSync, mkdirSync, statSync } from "node:fs"
import { dirname } from "node:path"
import { type Database, SqliteError } from "better-sqlite3"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { EventLogUnavailable } from "../EventLog.ts"

/** "crlg": what SQLite's `application_id` is in a credtrail log and in no other database. */
export const applicationId = 0x63726c67

/** The version of the tables below, kept in `user_version`. */
export const schemaVersion = 1

/**
 * The tables of a log file. Positions count from 1 without a hole. `events_by_type` finds the few
 * events of a rare type, and counts those of any, without going through all the others.
 */
export const schema = `
  CREATE TABLE streams (
    stream_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    revision INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE types (
    type_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    type_id INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    data TEXT NOT NULL,
    metadata TEXT NOT NULL,
    UNIQUE (stream_id, revision)
  ) STRICT;
  CREATE INDEX events_by_type ON events (type_id);
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`

/**
 * Opens the log in a file, made where there is none. A file that is something else is left as it
 * is. Throws {@link EventLogUnavailable} or what SQLite and the file system throw.
 */
export const openLogFile = (file: string): Database => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  if (existsSync(file)) examine(file)
  return openDatabase("log", file, (database) => {
    if (isEmpty(database)) database.transaction(() => create(database)).immediate()
    check(database, file)
  })
}

/** Opens the log in a file for reading alone. */
export const openLogFileReadOnly = (file: string): Database => {
  if (!existsSync(file)) throw absent(file)
  mustBeFile(file)
  return openDatabase("logReader", file, (database) => {
    if (isEmpty(database)) throw absent(file)
    check(database, file)
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
      operation: "open the event log",
      kind: "corrupt",
      reason: `${file} is a database, but not a credtrail log; it was left as it is. Name another file for the log`,
    })
  }
  const version = Number(database.pragma("user_version", { simple: true }))
  if (version > schemaVersion) {
    throw new EventLogUnavailable({
      operation: "open the event log",
      kind: "too-new",
      reason: `${file} has schema version ${version}, this credtrail knows up to ${schemaVersion}. Run the newer credtrail that wrote it, or name another file`,
    })
  }
}

const mustBeFile = (file: string): void => {
  if (statSync(file).isFile()) return
  throw new EventLogUnavailable({
    operation: "open the event log",
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
    openDatabase("inspection", file, (database) => {
      if (!isEmpty(database)) check(database, file)
    }).close()
  } catch (cause) {
    if (cause instanceof SqliteError && cause.code === "SQLITE_NOTADB") throw notADatabase(file)
    // A write to it was cut off: only a connection that can write is able to undo the half of it.
    if (cause instanceof SqliteError && cause.code.startsWith("SQLITE_READONLY")) return
    throw cause
  }
}

const notADatabase = (file: string): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "open the event log",
    kind: "corrupt",
    reason: `${file} is not a credtrail log, nor any SQLite database; it was left as it is. Name another file for the log`,
  })

const absent = (file: string): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "open the event log",
    kind: "unreachable",
    reason: `there is no log at ${file} yet. Run credtrail ingest first, or name another file`,
  })
