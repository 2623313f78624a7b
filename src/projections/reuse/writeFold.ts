import type { Database, Statement } from "better-sqlite3"
import type { Metadata } from "../../domain/events.ts"
import type { Change, KeyFold, PairTally } from "./KeyFold.ts"
import { makeKeyRows } from "./keyRows.ts"

/**
 * Writes what a batch did to one reuse key: each row once, however many captures touched it.
 * Times of a row that is there already only widen, its counts only add up.
 */
export const makeWriteFold = (db: Database): ((fold: KeyFold) => number) => {
  const keys = makeKeyRows(db)
  const merge = `first_seen = min(first_seen, excluded.first_seen),
    last_seen = max(last_seen, excluded.last_seen),
    attempt_count = attempt_count + excluded.attempt_count`
  const targetRow = db.prepare(
    `INSERT INTO finding_targets VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${merge}`,
  )
  const attackerRow = db.prepare(
    `INSERT INTO finding_attackers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ${merge}`,
  )
  const credentialRow = db.prepare(
    `INSERT INTO credentials VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET ${merge}, outcome = coalesce(excluded.outcome, outcome)`,
  )
  const history = makeWriteHistory(db)

  return (fold) => {
    const { state } = fold
    if (state === undefined) throw new Error("a key without a capture was folded")
    let findingNo = fold.findingNo
    if (findingNo === undefined) {
      findingNo = keys.insert(fold.id, fold.secretNo, fold.key.principal, state)
    } else {
      keys.update(findingNo, state)
    }
    writePairs(targetRow, findingNo, fold.targets)
    writePairs(attackerRow, findingNo, fold.attackers)
    for (const credential of fold.credentials.values()) {
      credentialRow.run(
        findingNo,
        credential.targetNo,
        credential.attackerNo,
        credential.firstSeen,
        credential.lastSeen,
        credential.attemptCount,
        credential.outcome,
        hasFields(credential.fields) ? JSON.stringify(credential.fields) : null,
      )
    }
    for (const change of fold.changes) history(findingNo, change)
    return findingNo
  }
}

/** Writes one row of a finding's history. */
export const makeWriteHistory = (db: Database): ((findingNo: number, change: Change) => void) => {
  const insert = db.prepare(
    "INSERT INTO finding_history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  )
  return (findingNo, { detected, cause }) => {
    const source = sourceOf(cause.metadata)
    insert.run(
      findingNo,
      detected.version,
      detected.change,
      cause.position,
      cause.id,
      cause.type,
      detected.observedAt,
      source?.file ?? null,
      source?.line ?? null,
      JSON.stringify(detected.addedTargets),
      detected.addedTargetCount,
      JSON.stringify(detected.addedAttackers),
      detected.addedAttackerCount,
      JSON.stringify(detected.addedAttackerUuids),
      detected.targetCount,
      detected.attackerCount,
      detected.attemptCount,
    )
  }
}

const writePairs = (
  row: Statement,
  findingNo: number,
  pairs: ReadonlyMap<number, PairTally>,
): void => {
  for (const [no, { ordinal, firstSeen, lastSeen, attemptCount }] of pairs) {
    row.run(findingNo, no, ordinal, firstSeen, lastSeen, attemptCount)
  }
}

const hasFields = (fields: Readonly<Record<string, string>>): boolean => {
  for (const _ in fields) return true
  return false
}

const sourceOf = (metadata: unknown): Metadata["source"] => {
  const source = (metadata as Partial<Metadata> | null)?.source // read defensively: it is not decoded
  return typeof source?.file === "string" && typeof source.line === "number" ? source : undefined
}
