import type { Database } from "better-sqlite3"
import { addedListLimit, type ReuseDetected } from "../../domain/events.ts"
import type { FindingState } from "../../domain/finding.ts"
import type { KeyFold } from "./KeyFold.ts"
import type { Attacker, Target } from "./registry.ts"

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
export const makeAdded = (db: Database): Added => {
  const storedTargets = db.prepare<[number, number, number], NamedTarget>(
    `SELECT decky, service FROM finding_targets JOIN targets USING (target_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT ?`,
  )
  const storedAttackers = db.prepare<[number, number, number], NamedAttacker>(
    `SELECT ip, uuid FROM finding_attackers JOIN attackers USING (attacker_no)
      WHERE finding_no = ? AND ordinal > ? ORDER BY ordinal LIMIT ?`,
  )
  return {
    targets: (fold, { targetCount, announcedTargets }) =>
      list(
        announcedTargets,
        targetCount - fold.newTargets.length,
        () => storedTargets.all(fold.findingNo, announcedTargets, addedListLimit),
        fold.newTargets,
        namedTarget,
      ),
    attackers: (fold, { attackerCount, announcedAttackers }) =>
      list(
        announcedAttackers,
        attackerCount - fold.newAttackers.length,
        () => storedAttackers.all(fold.findingNo, announcedAttackers, addedListLimit),
        fold.newAttackers,
        namedAttacker,
      ),
  }
}

const namedTarget = ({ decky, service }: Target): NamedTarget => ({ decky, service })
const namedAttacker = ({ ip, uuid }: Attacker): NamedAttacker => ({ ip, uuid })

const list = <Fresh, Named>(
  announced: number,
  stored: number,
  fromTables: () => ReadonlyArray<Named>,
  fresh: ReadonlyArray<Fresh>,
  named: (item: Fresh) => Named,
): ReadonlyArray<Named> => {
  const rows = announced < stored ? [...fromTables()] : []
  for (const item of fresh.slice(Math.max(0, announced - stored))) {
    if (rows.length >= addedListLimit) break
    rows.push(named(item))
  }
  return rows
}
