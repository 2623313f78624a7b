import type { Database } from "better-sqlite3"
import type { Cut } from "./Cut.ts"

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

export const spanOf = (db: Database, cut: Cut, perBlock: number): PastSpan => {
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
