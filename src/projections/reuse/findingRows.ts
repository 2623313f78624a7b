import type { Database } from "better-sqlite3"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import { reuseKeyName } from "../../domain/finding/reuseKey.ts"
import { type BulkInsert, makeBulkInsert } from "../BulkInsert.ts"
import type { Folded } from "./folded.ts"
import type { Change, KeyFold, PairTally } from "./KeyFold.ts"
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
  attempt_count = attempt_count + excluded.attempt_count, block = excluded.block`

export const makeFindingRows = (db: Database, keys: KeyRows, folded: Folded): FindingRows => {
  const targets = makeBulkInsert(db, "finding_targets", 8, merge)
  const attackers = makeBulkInsert(db, "finding_attackers", 8, merge)
  const credentials = makeBulkInsert(
    db,
    "credentials",
    10,
    `${merge}, outcome = coalesce(excluded.outcome, outcome)`,
  )
  const history = makeBulkInsert(db, "finding_history", 18)
  const all = [targets, attackers, credentials, history]

  const writeHistory: FindingRows["writeHistory"] = (findingNo, { detected, cause, ordinal }) => {
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
      ordinal,
    )
    history.next()
  }

  return {
    // Table by table in the order of their keys, so that each page is visited once.
    write: (folds) => {
      const block = folded.block()
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
          since: fold.since,
          state,
        })
      }
      for (const fold of sorted) {
        for (const pair of fold.targets.items) {
          pushPair(targets, fold.findingNo, pair, block)
          targets.next()
        }
      }
      for (const fold of sorted) {
        for (const pair of fold.attackers.items) {
          pushPair(attackers, fold.findingNo, pair, block)
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
            credential.since,
            block,
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

const pushPair = (
  { values }: BulkInsert,
  findingNo: number,
  { no, ordinal, firstSeen, lastSeen, attemptCount, since }: PairTally<unknown>,
  block: number,
): void => {
  values.push(findingNo, no, ordinal, firstSeen, lastSeen, attemptCount, since, block)
}

const fieldsText = (fields: Readonly<Record<string, string>>): string | null => {
  for (const _ in fields) return JSON.stringify(fields)
  return null
}
