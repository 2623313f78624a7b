import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import type { Database } from "better-sqlite3"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { VectorStoreUnavailable } from "../VectorStore.ts"
import { applicationId, schema, schemaVersion } from "./vectorSchema.ts"

/**
 * Opens the store's file, made where there is none; for reading alone, a file that is not there yet
 * is an empty store. What an older version of credtrail has kept in it is forgotten by the first that
 * opens it for writing, and is then read in again from the log. Throws {@link VectorStoreUnavailable}
 * or what SQLite throws.
 */
export const openVectorFile = (
  file: string,
  mode: "read-write" | "read-only",
  extension: string,
): Database => {
  const isAbsent = mode === "read-only" && !existsSync(file)
  if (mode === "read-write") mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const isWritten = mode === "read-write" || isAbsent
  return openDatabase(
    isWritten ? "vectors" : "vectorsReader",
    isAbsent ? ":memory:" : file,
    (database) => {
      loadExtension(database, extension)
      if (isWritten) create(database)
      check(database, file)
    },
  )
}

// Pages larger than usual: the vectors lie in blobs of many pages.
const create = (database: Database): void => {
  const createNew = () => {
    if (isNew(database)) database.exec(schema) // else another process was faster
  }
  if (isNew(database)) {
    database.pragma("page_size = 8192")
    database.transaction(createNew).immediate()
  }
  const replaceOlder = () => {
    if (isOlder(database)) forget(database)
  }
  if (isOlder(database)) database.transaction(replaceOlder).immediate()
}

const isNew = (database: Database): boolean =>
  database.pragma("application_id", { simple: true }) === 0 &&
  database.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0

const isOlder = (database: Database): boolean =>
  database.pragma("application_id", { simple: true }) === applicationId &&
  versionOf(database) < schemaVersion

const versionOf = (database: Database): number =>
  Number(database.pragma("user_version", { simple: true }))

/** Drops everything, the tables of sqlite-vec first: they take others with them. */
const forget = (database: Database): void => {
  const tables = database
    .prepare<[number], string>(
      `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND (sql LIKE 'CREATE VIRTUAL TABLE%') = ?`,
    )
    .pluck()
  for (const virtual of [1, 0]) {
    for (const name of tables.all(virtual)) database.exec(`DROP TABLE "${name}"`)
  }
  database.exec(schema)
}

const check = (database: Database, file: string): void => {
  if (database.pragma("application_id", { simple: true }) !== applicationId) {
    throw unusable(
      "corrupt",
      `${file} is a database, but not a credtrail vector store; it was left as it is. Name another file with CREDTRAIL_VECTORSTORE_PATH`,
    )
  }
  const version = versionOf(database)
  if (version < schemaVersion) {
    throw unusable(
      "other-version",
      `an older version of credtrail has made ${file}. The next credtrail ingest, run or rebuild rebuilds it from the log`,
    )
  }
  if (version > schemaVersion) {
    throw unusable(
      "other-version",
      `${file} was made by a newer version of credtrail (its is ${version}, this one knows ${schemaVersion}). Use that one, or move it away with its -wal and -shm files: it is rebuilt from the log by the next credtrail ingest or run`,
    )
  }
}

// Loading is not proof enough: the module must be there and work.
const loadExtension = (database: Database, path: string): void => {
  try {
    database.loadExtension(path)
    openDatabase("memory", ":memory:", (probe) => {
      probe.loadExtension(path)
      probe.exec("CREATE VIRTUAL TABLE probe USING vec0(vector FLOAT[1])")
    }).close()
  } catch (cause) {
    throw unusable("no-extension", `sqlite-vec cannot be loaded: ${messageOf(cause)}`)
  }
}

const messageOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause)

const unusable = (kind: VectorStoreUnavailable["kind"], reason: string): VectorStoreUnavailable =>
  new VectorStoreUnavailable({ operation: "open the vector store", kind, reason })
