import { type Database, SqliteError } from "better-sqlite3"

const patience = 5000
const pause = 5

/**
 * Has a database write ahead (WAL), so that readers and the writer do not wait for each other. In this
 * one step SQLite does not wait for other processes, whatever the timeout of the connection: of several
 * that open a new file at once, all but one would be refused.
 */
export const useWriteAheadLog = (database: Database): void => {
  const until = Date.now() + patience
  while (!isSwitched(database, until))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
}

const isSwitched = (database: Database, until: number): boolean => {
  try {
    database.pragma("journal_mode = WAL")
    return true
  } catch (cause) {
    const isBusy = cause instanceof SqliteError && cause.code.startsWith("SQLITE_BUSY")
    if (isBusy && Date.now() < until) return false
    throw cause
  }
}
