import type { Database } from "better-sqlite3"
import { unknownService } from "../../domain/capture/service.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import { reuseKeyName } from "../../domain/finding/reuseKey.ts"
import { type BulkInsert, makeBulkInsert } from "../BulkInsert.ts"
import type { Change, KeyDelta, PairTally, StoredPairs } from "./KeyDelta.ts"
import type { KeyRows } from "./keyRows.ts"

/** The rows that belong to a finding: its pairs, its credentials and its history. */
export interface FindingRows extends StoredPairs {
  /** Writes what a batch did to reuse keys: each row once, however many captures touched it. */
  readonly write: (deltas: Iterable<KeyDelta>, block: number) => void
  readonly writeHistory: (findingNo: number, change: Change) => void
  readonly flush: () => void
}

// On conflict, widen the time range and add the counts.
const merge = `ON CONFLICT DO UPDATE SET first_seen = min(first_seen, excluded.first_seen),
  last_seen = max(last_seen, excluded.last_seen),
  attempt_count = attempt_count + excluded.attempt_count, block = excluded.block`

const later = `(excluded.outcome_at > coalesce(outcome_at, -1)
  OR (excluded.outcome_at = outcome_at AND excluded.outcome > outcome))`

export const makeFindingRows = (db: Database, keys: KeyRows): FindingRows => {
  const targets = makeBulkInsert(db, "finding_targets", 8, merge)
  const attackers = makeBulkInsert(db, "finding_attackers", 8, merge)
  const credentials = makeBulkInsert(
    db,
    "credentials",
    11,
    // The latest outcome by event time; a tie is broken by name.
    `${merge},
     outcome = iif(${later}, excluded.outcome, outcome),
     outcome_at = iif(${later}, excluded.outcome_at, outcome_at)`,
  )
  const history = makeBulkInsert(db, "finding_history", 19)
  const all = [targets, attackers, credentials, history]
  const storedTarget = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_targets WHERE finding_no = ? AND target_no = ?",
  )
  const servicesOn = db.prepare<[number, string], { known: 0 | 1; unknown: 0 | 1 }>(
    `SELECT coalesce(max(service <> '${unknownService}'), 0) AS known,
            coalesce(max(service = '${unknownService}'), 0) AS unknown
       FROM finding_targets JOIN targets USING (target_no) WHERE finding_no = ? AND decky = ?`,
  )
  const storedAttacker = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_attackers WHERE finding_no = ? AND attacker_no = ?",
  )

  const writeHistory: FindingRows["writeHistory"] = (findingNo, { change, cause, ordinal }) => {
    const { source } = cause
    history.values.push(
      findingNo,
      change.version,
      change.change,
      cause.position,
      cause.id,
      cause.type,
      timestampMicros(change.observedAt),
      source?.file ?? null,
      source?.line ?? null,
      JSON.stringify(change.addedTargets),
      change.addedTargetCount,
      JSON.stringify(change.addedAttackers),
      change.addedAttackerCount,
      JSON.stringify(change.addedAttackerUuids),
      change.targetCount,
      change.attackerCount,
      change.attemptCount,
      ordinal,
      change.change === "closed" ? change.reason : null,
    )
    history.next()
  }

  return {
    hasTarget: (findingNo, targetNo) => storedTarget.get(findingNo, targetNo) !== undefined,
    servicesOn: (findingNo, decky) => {
      const found = servicesOn.get(findingNo, decky)
      return { known: found?.known === 1, unknown: found?.unknown === 1 }
    },
    hasAttacker: (findingNo, attackerNo) => storedAttacker.get(findingNo, attackerNo) !== undefined,
    // Table by table in the order of their keys, so that each page is visited once.
    write: (deltas, block) => {
      const sorted = [...deltas].sort((a, b) => a.findingNo - b.findingNo)
      for (const delta of sorted) {
        const { findingNo, secretNo, key, state } = delta
        if (state === undefined) continue
        keys.put({
          name: reuseKeyName(key),
          isNew: !delta.stored,
          findingNo,
          id: delta.id,
          secretNo,
          principal: key.principal,
          bits: delta.bits,
          ratingClass: delta.ratingClass,
          since: delta.since,
          block,
          state,
        })
      }
      for (const delta of sorted) {
        for (const pair of delta.targets.items) {
          pushPair(targets, delta.findingNo, pair, block)
          targets.next()
        }
      }
      for (const delta of sorted) {
        for (const pair of delta.attackers.items) {
          pushPair(attackers, delta.findingNo, pair, block)
          attackers.next()
        }
      }
      for (const delta of sorted) {
        for (const credential of delta.credentials.items) {
          credentials.values.push(
            delta.findingNo,
            credential.targetNo,
            credential.attackerNo,
            credential.firstSeen,
            credential.lastSeen,
            credential.attemptCount,
            credential.outcome,
            credential.outcomeAt,
            fieldsText(credential.fields),
            credential.since,
            block,
          )
          credentials.next()
        }
      }
      for (const delta of sorted) {
        for (const change of delta.changes) writeHistory(delta.findingNo, change)
      }
    },
    writeHistory,
    flush: () => {
      for (const rows of all) rows.flush()
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
