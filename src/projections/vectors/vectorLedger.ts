import type { Database } from "better-sqlite3"
import { moveCheckpoint, readCheckpoint } from "../checkpoint.ts"
import { lastEventTable } from "../lastEvent.ts"
import { checkpointsTable, deadLettersTable } from "../schema.ts"

/** What the projection is called in checkpoints and in `credtrail status`. */
export const vectorsProjectionName = "vectors"

/**
 * What is kept beside the vectors, in one transaction with them: how far the log has been folded and
 * what was set aside. The event in `last_event` tells which log the checkpoint is a position of.
 */
export const vectorLedgerSchema = `${checkpointsTable}${deadLettersTable}
${lastEventTable}`

/** Whether a store goes on from where it is in the log, or from where its new contents are. */
export type PlaceInLog = "own" | "new"

/** Makes what was set aside for new contents what is set aside in the store that they are put into. */
export const copyLedger = (from: Database, to: Database, place: PlaceInLog): void => {
  copyRows("dead_letters", from, to)
  if (place === "own") return
  copyRows("last_event", from, to)
  const { position } = readCheckpoint(from, vectorsProjectionName)
  const at = readCheckpoint(to, vectorsProjectionName)
  moveCheckpoint(to, vectorsProjectionName, at, position, 0)
}

const copyRows = (table: string, from: Database, to: Database): void => {
  to.exec(`DELETE FROM ${table}`)
  const rows = from
    .prepare<[], ReadonlyArray<string | number | null>>(`SELECT * FROM ${table}`)
    .raw()
    .all()
  for (const row of rows) {
    to.prepare(`INSERT INTO ${table} VALUES (${row.map(() => "?").join(", ")})`).run(...row)
  }
}
