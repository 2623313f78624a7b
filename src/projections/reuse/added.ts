import type { Database } from "better-sqlite3"
import { addedListLimit, type ReuseDetected } from "../../domain/event/events.ts"
import type { FindingState } from "../../domain/finding/finding.ts"
import type { KeyFold } from "./KeyFold.ts"
import type { Registry } from "./registry.ts"

type NamedTarget = ReuseDetected["addedTargets"][number]
type NamedAttacker = ReuseDetected["addedAttackers"][number]

/** What a reuse key has gained since its last announcement, by name, up to the limit of a list. */
export interface Added {
  readonly targets: (fold: KeyFold, state: FindingState) => ReadonlyArray<NamedTarget>
  readonly attackers: (fold: KeyFold, state: FindingState) => ReadonlyArray<NamedAttacker>
}

/**
 * Names what was added: first from the tables, by ordinal, then from the batch. The tables are
 * read only when something unannounced stands there, which is at the opening of a finding and
 * when its attackers have doubled, so the cost per attacker stays constant.
 */
export const makeAdded = (db: Database, registry: Registry): Added => {
  const stored = (pairs: "target" | "attacker") =>
    db
      .prepare<[number, number, number], number>(
        `SELECT ${pairs}_no FROM finding_${pairs}s WHERE finding_no = ? AND ordinal > ?
          ORDER BY ordinal LIMIT ?`,
      )
      .pluck()
  const storedTargets = stored("target")
  const storedAttackers = stored("attacker")
  return {
    targets: (fold, { targetCount, announcedTargets }) =>
      list(
        announcedTargets,
        targetCount - fold.newTargets.length,
        () => storedTargets.all(fold.findingNo, announcedTargets, addedListLimit),
        registry.targetByNo,
        fold.newTargets,
      ).map(({ decky, service }) => ({ decky, service })),
    attackers: (fold, { attackerCount, announcedAttackers }) =>
      list(
        announcedAttackers,
        attackerCount - fold.newAttackers.length,
        () => storedAttackers.all(fold.findingNo, announcedAttackers, addedListLimit),
        registry.attackerByNo,
        fold.newAttackers,
      ).map(({ ip, uuid }) => ({ ip, uuid })),
  }
}

const list = <Named>(
  announced: number,
  stored: number,
  fromTables: () => ReadonlyArray<number>,
  byNo: (no: number) => Named,
  fresh: ReadonlyArray<Named>,
): ReadonlyArray<Named> => {
  const before = announced < stored ? fromTables().map(byNo) : []
  const from = Math.max(0, announced - stored)
  return [...before, ...fresh.slice(from, from + addedListLimit - before.length)]
}
