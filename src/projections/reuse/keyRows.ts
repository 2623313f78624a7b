import type { Database } from "better-sqlite3"
import type { FindingState } from "../../domain/finding.ts"
import type { FindingId } from "../../domain/ids.ts"

/** A stored reuse key: its number, and its state at the end of the last batch. */
export interface KeyRow {
  readonly findingNo: number
  readonly state: FindingState
}

/** The rows of the `findings` table: one per reuse key, a finding or not yet one. */
export interface KeyRows {
  readonly find: (secretNo: number, principal: string) => KeyRow | undefined
  readonly insert: (
    id: FindingId,
    secretNo: number,
    principal: string,
    state: FindingState,
  ) => number
  readonly update: (findingNo: number, state: FindingState) => void
}

/** The columns of a `FindingState`, under its names. */
export const stateColumns = `version, first_seen AS firstSeen, last_seen AS lastSeen,
  attempt_count AS attemptCount, target_count AS targetCount, attacker_count AS attackerCount,
  announced_targets AS announcedTargets, announced_attackers AS announcedAttackers`

export const makeKeyRows = (db: Database): KeyRows => {
  const find = db.prepare<[number, string], { findingNo: number } & FindingState>(
    `SELECT finding_no AS findingNo, ${stateColumns}
       FROM findings WHERE secret_no = ? AND principal = ?`,
  )
  const insert = db.prepare(
    `INSERT INTO findings (finding_id, secret_no, principal, version, first_seen, last_seen,
       attempt_count, target_count, attacker_count, announced_targets, announced_attackers)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const update = db.prepare(
    `UPDATE findings SET version = ?, first_seen = ?, last_seen = ?, attempt_count = ?,
       target_count = ?, attacker_count = ?, announced_targets = ?, announced_attackers = ?
     WHERE finding_no = ?`,
  )
  return {
    find: (secretNo, principal) => {
      const row = find.get(secretNo, principal)
      if (row === undefined) return undefined
      const { findingNo, ...state } = row
      return { findingNo, state }
    },
    insert: (id, secretNo, principal, state) =>
      Number(insert.run(id, secretNo, principal, ...columns(state)).lastInsertRowid),
    update: (findingNo, state) => {
      update.run(...columns(state), findingNo)
    },
  }
}

const columns = (state: FindingState): ReadonlyArray<string | number> => [
  state.version,
  state.firstSeen,
  state.lastSeen,
  state.attemptCount,
  state.targetCount,
  state.attackerCount,
  state.announcedTargets,
  state.announcedAttackers,
]
