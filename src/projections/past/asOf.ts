import type { Database } from "better-sqlite3"
import { type AttackerUuid, mintedAttackerUuid } from "../../domain/event/ids.ts"
import { blockSize } from "../reuse/folded.ts"
import type { Cut } from "./Cut.ts"
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

/** A table or view that is there while the past is asked. */
export interface Temporary {
  readonly create: string
  readonly drop: string
}

/** What is added to the rows as they were when the blocks before `block` were whole. */
export interface PastSpan {
  readonly cut: Cut
  readonly block: number
  readonly perBlock: number
  /** The captures that are added, as `FROM ... WHERE ...`. */
  readonly added: string
}

const spanOf = (db: Database, cut: Cut, perBlock: number): PastSpan => {
  if (cut.by === "recorded-time") {
    const block = Math.floor(cut.ordinal / perBlock)
    const added = `FROM main.folded WHERE ordinal > ${block * perBlock} AND ordinal <= ${cut.ordinal}
      AND finding_no IS NOT NULL`
    return { cut, block, perBlock, added }
  }
  const { time } = cut
  // Blocks are whole up to the first that reaches beyond the time. After it, only those matter that
  // begin before it.
  const whole = db
    .prepare<[number], number | null>("SELECT max(block) FROM blocks WHERE last_seen <= ?")
    .pluck()
    .get(time)
  const block = (whole ?? -1) + 1
  const added = `FROM main.blocks CROSS JOIN main.folded
      ON ordinal > block * ${perBlock} AND ordinal <= (block + 1) * ${perBlock}
    WHERE block >= ${block} AND blocks.first_seen <= ${time} AND observed_at <= ${time}`
  return { cut, block, perBlock, added }
}
