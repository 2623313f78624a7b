import type { Database } from "better-sqlite3"
import { reuseKeyName } from "../../domain/reuseKey.ts"
import { timestampMicros } from "../../domain/timestamp.ts"
import { makeBulkInsert } from "../BulkInsert.ts"
import type { Change, KeyFold } from "./KeyFold.ts"
import type { KeyRows } from "./keyRows.ts"

/** The rows that belong to a finding: its pairs, its credentials and its history. */
export interface FindingRows {
  /** Writes what a batch did to reuse keys: each row once, however many captures touched it. */
  readonly write: (folds: Iterable<KeyFold>) => void
  readonly writeHistory: (findingNo: number, change: Change) => void
  readonly flush: () => void
  readonly forget: () => void
}

// Times of a row that is there already only widen, its counts only add up.
const merge = `ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen),
  last_seen = max(last_seen, excluded.last_seen),
  attempt_count = attempt_count + excluded.attempt_count`

export const makeFindingRows = (db: Database, keys: KeyRows): FindingRows => {
  const targets = makeBulkInsert(db, "finding_targets", 6, merge)
  const attackers = makeBulkInsert(db, "finding_attackers", 6, merge)
  const credentials = makeBulkInsert(
    db,
    "credentials",
    8,
    `${merge}, outcome = coalesce(excluded.outcome, outcome)`,
  )
  const history = makeBulkInsert(db, "finding_history", 17)
  const all = [targets, attackers, credentials, history]

  const writeHistory: FindingRows["writeHistory"] = (findingNo, { detected, cause }) => {
    const { source } = cause
    history.values.push(
      findingNo,
      detected.version,
      detected.change,
      cause.position,
      cause.id,
      cause.type,
      timestampMicros(detected.observedAt),
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
    history.next()
  }

  return {
    // Table by table in the order of their keys, so that each page is visited once.
    write: (folds) => {
      const sorted = [...folds].sort((a, b) => a.findingNo - b.findingNo)
      for (const fold of sorted) {
        const { findingNo, secretNo, key, state } = fold
        if (state === undefined) continue
        keys.put({
          name: reuseKeyName(key),
          isNew: !fold.stored,
          findingNo,
          id: fold.id,
          secretNo,
          principal: key.principal,
          state,
        })
      }
      for (const fold of sorted) {
        for (const { no, ordinal, firstSeen, lastSeen, attemptCount } of fold.targets.items) {
          targets.values.push(fold.findingNo, no, ordinal, firstSeen, lastSeen, attemptCount)
          targets.next()
        }
      }
      for (const fold of sorted) {
        for (const { no, ordinal, firstSeen, lastSeen, attemptCount } of fold.attackers.items) {
          attackers.values.push(fold.findingNo, no, ordinal, firstSeen, lastSeen, attemptCount)
          attackers.next()
        }
      }
      for (const fold of sorted) {
        for (const credential of fold.credentials.items) {
          credentials.values.push(
            fold.findingNo,
            credential.targetNo,
            credential.attackerNo,
            credential.firstSeen,
            credential.lastSeen,
            credential.attemptCount,
            credential.outcome,
            fieldsText(credential.fields),
          )
          credentials.next()
        }
      }
      for (const fold of sorted) {
        for (const change of fold.changes) writeHistory(fold.findingNo, change)
      }
    },
    writeHistory,
    flush: () => {
      for (const rows of all) rows.flush()
    },
    forget: () => {
      for (const rows of all) rows.forget()
    },
  }
}

const fieldsText = (fields: Readonly<Record<string, string>>): string | null => {
  for (const _ in fields) return JSON.stringify(fields)
  return null
}
