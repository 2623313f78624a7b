import type { Database } from "better-sqlite3"
import { beginning, type Position } from "../domain/event/position.ts"

/**
 * How far a projection has come. `commitNo` counts the changes made to its rows: a batch is
 * committed only on top of the very commit it was read after.
 */
export interface Checkpoint {
  readonly position: Position
  readonly commitNo: number
}

/** Where a projection that has seen nothing is. */
const unstarted: Checkpoint = { position: beginning, commitNo: 0 }

/** Where a projection is. `schema` is the name an attached file has. */
export const readCheckpoint = (
  db: Database,
  projection: string,
  schema: "main" | "live" = "main",
): Checkpoint =>
  db
    .prepare<[string], Checkpoint>(
      `SELECT position, commit_no AS commitNo FROM ${schema}.checkpoints WHERE projection = ?`,
    )
    .get(projection) ?? unstarted

/** How many events a projection has folded. */
export const readEventCount = (db: Database, projection: string): number =>
  db
    .prepare<[string], number>("SELECT event_count FROM checkpoints WHERE projection = ?")
    .pluck()
    .get(projection) ?? 0

/**
 * Moves the checkpoint from where this batch began to where it ends, counting its events. Answers
 * whether it still was where the batch began; where not, the caller abandons its transaction.
 */
export const moveCheckpoint = (
  db: Database,
  projection: string,
  from: Checkpoint,
  to: Position,
  eventCount: number,
): boolean => {
  db.prepare("INSERT INTO checkpoints VALUES (?, '', 0, 0) ON CONFLICT DO NOTHING").run(projection)
  const moved = db
    .prepare(
      `UPDATE checkpoints
          SET position = ?, commit_no = commit_no + 1, event_count = event_count + ?
        WHERE projection = ? AND position = ? AND commit_no = ?`,
    )
    .run(to, eventCount, projection, from.position, from.commitNo)
  return moved.changes === 1
}
