import type { Database } from "better-sqlite3"
import { addedListLimit, type ReuseDetected } from "../../domain/events.ts"
import type { KeyFold } from "./KeyFold.ts"

type Target = ReuseDetected["addedTargets"][number]
type Attacker = ReuseDetected["addedAttackers"][number]

/** What a reuse key has gained since its last announcement, by name, up to the limit of a list. */
export interface Added {
  readonly targets: (fold: KeyFold, announced: number) => ReadonlyArray<Target>
  readonly attackers: (fold: KeyFold, announced: number) => ReadonlyArray<Attacker>
}

/**
 * Names what was added: first from the tables, by ordinal, then from the batch. The tables are
 * read only when something unannounced stands there, which is at the opening of a finding and
 * when its attackers have doubled, so the cost per attacker stays constant.
 */
export const makeAdded = (db: Database): Added => {
  const storedTargets = db.prepare<[number, number, number], Target>(
    `SELECT decky, service FROM finding_targets JOIN targets USING (target_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT ?`,
  )
  const storedAttackers = db.prepare<[number, number, number], Attacker>(
    `SELECT ip, uuid FROM finding_attackers JOIN attackers USING (attacker_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT ?`,
  )
  const target = db.prepare<[number], Target>(
    "SELECT decky, service FROM targets WHERE target_no = ?",
  )
  const attacker = db.prepare<[number], Attacker>(
    "SELECT ip, uuid FROM attackers WHERE attacker_no = ?",
  )

  const list = <Row>(
    fold: KeyFold,
    announced: number,
    stored: number,
    fresh: ReadonlyArray<number>,
    fromTables: (findingNo: number, after: number, limit: number) => ReadonlyArray<Row>,
    byNumber: (no: number) => Row | undefined,
  ): ReadonlyArray<Row> => {
    const rows =
      fold.findingNo === undefined || announced >= stored
        ? []
        : [...fromTables(fold.findingNo, announced, addedListLimit)]
    for (const no of fresh.slice(Math.max(0, announced - stored))) {
      if (rows.length >= addedListLimit) break
      const row = byNumber(no)
      if (row !== undefined) rows.push(row)
    }
    return rows
  }

  return {
    targets: (fold, announced) =>
      list(
        fold,
        announced,
        fold.storedCounts().targets,
        fold.newTargets,
        (...range) => storedTargets.all(...range),
        (no) => target.get(no),
      ),
    attackers: (fold, announced) =>
      list(
        fold,
        announced,
        fold.storedCounts().attackers,
        fold.newAttackers,
        (...range) => storedAttackers.all(...range),
        (no) => attacker.get(no),
      ),
  }
}
