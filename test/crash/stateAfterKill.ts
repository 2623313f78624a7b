import { cpSync, rmSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"

/** What a process that was killed had done and not yet taken note of. */
export interface StateAfterKill {
  /** Captures stand in the log that the record of what has been read does not know of. */
  readonly appendedNotRecorded: boolean
  /** Rows and checkpoint are written, and what they announce is not in the log. */
  readonly foldedNotRelayed: boolean
  /** Announcements stand in the log, and in the outbox still. */
  readonly relayedNotCleared: boolean
}

/** Looks at a copy of the data directory, so that it is left to the next process as it is. */
export const stateAfterKill = (data: string): StateAfterKill => {
  const copy = `${data}-copy`
  cpSync(data, copy, { recursive: true })
  const database = new Sqlite(join(copy, "log.sqlite"))
  try {
    database.prepare("ATTACH ? AS ingest").run(join(copy, "ingest.sqlite"))
    database.prepare("ATTACH ? AS readmodel").run(join(copy, "readmodel.sqlite"))
    const holds = (sql: string): boolean =>
      database.prepare(`SELECT EXISTS (${sql})`).pluck(true).get() === 1
    const isMade = (file: string, table: string): boolean =>
      holds(`SELECT 1 FROM ${file}.sqlite_schema WHERE name = '${table}'`)
    // Killed while the files were being made: nothing is in them yet.
    if (!isMade("ingest", "files") || !isMade("readmodel", "outbox")) {
      return { appendedNotRecorded: false, foldedNotRelayed: false, relayedNotCleared: false }
    }
    const inLog = `SELECT 1 FROM events
      WHERE event_id = unhex(replace(outbox.event_id, '-', ''))`
    return {
      appendedNotRecorded: holds(
        `SELECT 1 FROM events WHERE metadata ->> '$.source.line' >
           (SELECT coalesce(max(lines), 0) FROM ingest.files)`,
      ),
      foldedNotRelayed: holds(`SELECT 1 FROM readmodel.outbox WHERE NOT EXISTS (${inLog})`),
      relayedNotCleared: holds(`SELECT 1 FROM readmodel.outbox WHERE EXISTS (${inLog})`),
    }
  } finally {
    database.close()
    rmSync(copy, { recursive: true })
  }
}
