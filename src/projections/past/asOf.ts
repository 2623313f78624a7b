import type { Database } from "better-sqlite3"
import { type AttackerUuid, mintedAttackerUuid } from "../../domain/event/ids.ts"
import { blockSize } from "../reuse/foldIndex.ts"
import { type Cut, spanOf } from "./Cut.ts"
import { pastViews } from "./pastViews.ts"
import { tailTables } from "./tailTables.ts"

/**
 * Asks something of the past: while `ask` runs, the names of the tables stand for views of what
 * they were at the cut, so that whoever asks about the present asks about the past in the same
 * words. The views are temporary and belong to this connection alone; `main.` before a name still
 * means the present.
 *
 * A row is what it was at the end of the last block before the cut that changed it, and what the
 * captures between there and the cut added. `perBlock` is how many events the projection puts into
 * a block.
 */
export const asOf = <A>(
  db: Database,
  cut: Cut,
  ask: (db: Database) => A,
  perBlock: number = blockSize,
): A =>
  db.transaction(() => {
    const span = spanOf(db, cut, perBlock)
    db.function(
      "minted_uuid",
      { deterministic: true },
      (ip): AttackerUuid => mintedAttackerUuid(String(ip)),
    )
    const made = [...tailTables(span), ...pastViews(span)]
    try {
      for (const { create } of made) db.exec(create)
      return ask(db)
    } finally {
      for (const { drop } of made.toReversed()) db.exec(drop)
    }
  })()
