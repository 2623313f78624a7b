import type { Database } from "better-sqlite3"
import type { StoredPairs } from "./KeyFold.ts"

/** Looks pairs of a stored reuse key up in the tables. */
export const makeStoredPairs = (db: Database): StoredPairs => {
  const target = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_targets WHERE finding_no = ? AND target_no = ?",
  )
  const attacker = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_attackers WHERE finding_no = ? AND attacker_no = ?",
  )
  return {
    hasTarget: (findingNo, targetNo) => target.get(findingNo, targetNo) !== undefined,
    hasAttacker: (findingNo, attackerNo) => attacker.get(findingNo, attackerNo) !== undefined,
  }
}
