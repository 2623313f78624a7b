import type { Database } from "better-sqlite3"
import { beginning } from "../../../domain/event/position.ts"
import { type Checkpoint, moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import type { TakenIn } from "../VectorStore.ts"

/** The name that the checkpoint is kept under: there is one projection into the store. */
const checkpointName = "vectors"

/** How far a store's file has taken the log in. */
export const placeIn = (database: Database): Checkpoint => readCheckpoint(database, checkpointName)

/** Moves it to an event, by which the log is known again, or back to the beginning. */
export const moveTo = (
  database: Database,
  from: Checkpoint,
  to: TakenIn | null,
  events: number,
): void => {
  moveCheckpoint(database, checkpointName, from, to?.position ?? beginning, events)
  if (to === null) {
    database.exec("DELETE FROM last_taken_in")
    return
  }
  const { stream, revision, id, position } = to
  database
    .prepare("INSERT OR REPLACE INTO last_taken_in VALUES (1, ?, ?, ?, ?)")
    .run(stream, revision, id, position)
}
