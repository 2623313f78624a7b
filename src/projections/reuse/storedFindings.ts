import type { Database } from "better-sqlite3"
import type {
  AttackerIdentified,
  PolicyChanged,
  RecordedEvent,
  ReuseChange,
} from "../../domain/event/events.ts"
import type { FindingId } from "../../domain/event/ids.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import { announced, type FindingState, judge } from "../../domain/finding/finding.ts"
import type { ComparedSecret } from "../../domain/finding/policy.ts"
import { reuseKeyName } from "../../domain/finding/reuseKey.ts"
import type { Outbox } from "../outbox.ts"
import { type DescribeReuse, reuseAnnouncement } from "./announcements.ts"
import type { FindingRows } from "./findingRows.ts"
import type { FoldedEvent } from "./foldIndex.ts"
import { eventRef, KeyDelta } from "./KeyDelta.ts"
import { type KeyRows, stateColumns } from "./keyRows.ts"

/** Whether events that concern all reuse keys leave this one as it is. */
export type IsHeld = (id: FindingId) => boolean

/** Changes findings that are in the tables by an event that is no capture, and announces that. */
export interface StoredFindings {
  /**
   * Gives an address the UUID that somebody outside has recognised it by. The first identification
   * counts; later ones change nothing. Every finding of the address in which that UUID is new grows.
   */
  readonly identify: (
    identified: AttackerIdentified,
    recorded: RecordedEvent,
    event: FoldedEvent,
  ) => void
  /**
   * Opens the findings that a new policy makes of what is already known, and closes those that it no
   * longer makes.
   */
  readonly judgeUnder: (changed: PolicyChanged, recorded: RecordedEvent, event: FoldedEvent) => void
}

interface StoredFinding extends Omit<FindingState, "open"> {
  readonly id: FindingId
  readonly open: 0 | 1
  readonly secretNo: number
  readonly principal: string
  readonly kind: string
  readonly digest: string
  readonly bits: number | null
}

type Judged = Pick<StoredFinding, "id" | "version" | "open" | "targetCount"> &
  ComparedSecret & { readonly findingNo: number }

/** Findings that are held do not change. */
export const makeStoredFindings = (
  db: Database,
  keys: KeyRows,
  rows: FindingRows,
  describe: DescribeReuse,
  outbox: Outbox,
  isHeld: IsHeld,
): StoredFindings => {
  const select = db.prepare<[number], StoredFinding>(
    `SELECT finding_id AS id, secret_no AS secretNo, principal, kind, digest, rating_bits AS bits, ${stateColumns}
       FROM findings JOIN secrets USING (secret_no) WHERE finding_no = ?`,
  )
  const selectAttacker = db.prepare<[string], { no: number; identified: string | null }>(
    "SELECT attacker_no AS no, identified_position AS identified FROM attackers WHERE ip = ?",
  )
  const insertAttacker = db.prepare(
    `INSERT INTO attackers
       (ip, uuid, identified_position, identified_at, identified_ordinal, attempt_count, since, block)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?)`,
  )
  const updateAttacker = db.prepare(
    `UPDATE attackers SET uuid = ?, identified_position = ?, identified_at = ?, identified_ordinal = ?
      WHERE attacker_no = ?`,
  )
  const findingsOfAttacker = db
    .prepare<[number], number>(
      `SELECT finding_no FROM finding_attackers JOIN findings USING (finding_no)
        WHERE attacker_no = ? AND open = 1 ORDER BY finding_no`,
    )
    .pluck()
  const hasUuid = db.prepare<[string, number, number]>(
    `SELECT 1 FROM attackers CROSS JOIN finding_attackers USING (attacker_no)
      WHERE uuid = ? AND attacker_no <> ? AND finding_no = ? LIMIT 1`,
  )
  // No policy makes a finding of fewer targets than two, nor of an absent secret.
  const judged = db.prepare<[number], Judged>(
    `SELECT finding_no AS findingNo, finding_id AS id, version, open, target_count AS targetCount,
            kind, digest, length_class AS lengthClass
       FROM findings JOIN secrets USING (secret_no)
      WHERE (open = 1 OR target_count >= ?) AND kind <> '' ORDER BY finding_no`,
  )

  const change = (
    findingNo: number,
    recorded: RecordedEvent,
    { ordinal, block }: FoldedEvent,
    changeOf: (delta: KeyDelta, state: FindingState) => ReuseChange,
  ): void => {
    const found = select.get(findingNo)
    if (found === undefined) throw new Error(`no finding has the number ${findingNo}`)
    const { id, secretNo, principal, kind: secretKind, digest, bits, open, ...counts } = found
    if (isHeld(id)) return
    const state = { ...counts, open: open === 1 }
    const key = { secretKind, secretDigest: digest, principal }
    const made = changeOf(new KeyDelta(key, secretNo, findingNo, true, state, bits), state)
    keys.put({
      name: reuseKeyName(key),
      isNew: false,
      findingNo,
      id,
      secretNo,
      principal,
      bits,
      ratingClass: null, // the tables have it, and the ordinal
      since: 0,
      block,
      state: announced(state, made.change !== "closed"),
    })
    rows.writeHistory(findingNo, { change: made, cause: eventRef(recorded), ordinal })
    outbox.enqueue(() => reuseAnnouncement(made, recorded))
  }

  return {
    identify: ({ attackerIp, attackerUuid, identifiedAt }, recorded, event) => {
      const { ordinal, block } = event
      const attacker = selectAttacker.get(attackerIp)
      const said = [attackerUuid, recorded.position, timestampMicros(identifiedAt), ordinal]
      if (attacker === undefined) {
        insertAttacker.run(attackerIp, ...said, ordinal, block)
        return
      }
      if (attacker.identified !== null) return
      updateAttacker.run(...said, attacker.no)
      for (const findingNo of findingsOfAttacker.all(attacker.no)) {
        if (hasUuid.get(attackerUuid, attacker.no, findingNo) !== undefined) continue
        change(findingNo, recorded, event, (delta, state) =>
          describe.detected(delta, "grew", state, identifiedAt, [attackerUuid]),
        )
      }
    },
    judgeUnder: ({ policy, changedAt }, recorded, event) => {
      for (const { findingNo, open, ...one } of judged.all(policy.minTargets)) {
        const judgement = judge(policy, one, { ...one, open: open === 1 })
        if (judgement === undefined) continue
        change(findingNo, recorded, event, (delta, state) =>
          judgement.change === "closed"
            ? describe.closed(delta, judgement.reason, state, changedAt)
            : describe.detected(delta, judgement.change, state, changedAt, []),
        )
      }
    },
  }
}
