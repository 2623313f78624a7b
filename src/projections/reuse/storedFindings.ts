import type { Database } from "better-sqlite3"
import type {
  AttackerIdentified,
  PolicyChanged,
  RecordedEvent,
  ReuseDetected,
} from "../../domain/event/events.ts"
import type { AttackerUuid, FindingId } from "../../domain/event/ids.ts"
import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"
import { announced, type FindingState } from "../../domain/finding/finding.ts"
import { isComparable, type ReusePolicy } from "../../domain/finding/policy.ts"
import { reuseKeyName } from "../../domain/finding/reuseKey.ts"
import type { Outbox } from "../outbox.ts"
import { type DetectReuse, reuseAnnouncement } from "./announcements.ts"
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
    policy: ReusePolicy,
    recorded: RecordedEvent,
    event: FoldedEvent,
  ) => void
  /**
   * Opens the findings that a new policy makes of what is already known. What was opened under an
   * older policy stays open: it has been announced.
   */
  readonly openUnder: (changed: PolicyChanged, recorded: RecordedEvent, event: FoldedEvent) => void
}

interface StoredFinding extends FindingState {
  readonly id: FindingId
  readonly secretNo: number
  readonly principal: string
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}

/** Findings that are held do not change. */
export const makeStoredFindings = (
  db: Database,
  keys: KeyRows,
  rows: FindingRows,
  detect: DetectReuse,
  outbox: Outbox,
  isHeld: IsHeld,
): StoredFindings => {
  const select = db.prepare<[number], StoredFinding>(
    `SELECT finding_id AS id, secret_no AS secretNo, principal, kind, digest,
            length_class AS lengthClass, ${stateColumns}
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
        WHERE attacker_no = ? AND version > 0 ORDER BY finding_no`,
    )
    .pluck()
  const hasUuid = db.prepare<[string, number, number]>(
    `SELECT 1 FROM attackers CROSS JOIN finding_attackers USING (attacker_no)
      WHERE uuid = ? AND attacker_no <> ? AND finding_no = ? LIMIT 1`,
  )
  const openable = db
    .prepare<[number], number>(
      "SELECT finding_no FROM findings WHERE version = 0 AND target_count >= ? ORDER BY finding_no",
    )
    .pluck()

  const change = (
    findingNo: number,
    kind: ReuseDetected["change"],
    policy: ReusePolicy,
    at: Timestamp,
    recorded: RecordedEvent,
    { ordinal, block }: FoldedEvent,
    uuids: ReadonlyArray<AttackerUuid>,
  ): void => {
    const found = select.get(findingNo)
    if (found === undefined) throw new Error(`no finding has the number ${findingNo}`)
    const { id, secretNo, principal, kind: secretKind, digest, lengthClass, ...state } = found
    if (isHeld(id) || secretKind === "") return
    if (!isComparable(policy, { kind: secretKind, digest, lengthClass })) return
    const key = { secretKind, secretDigest: digest, principal }
    const delta = new KeyDelta(key, secretNo, findingNo, true, state)
    const detected = detect(delta, kind, state, at, uuids)
    keys.put({
      name: reuseKeyName(key),
      isNew: false,
      findingNo,
      id,
      secretNo,
      principal,
      rating: undefined, // the tables have it, and the ordinal
      since: 0,
      block,
      state: announced(state),
    })
    rows.writeHistory(findingNo, { detected, cause: eventRef(recorded), ordinal })
    outbox.enqueue(() => reuseAnnouncement(detected, recorded))
  }

  return {
    identify: ({ attackerIp, attackerUuid, identifiedAt }, policy, recorded, event) => {
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
        change(findingNo, "grew", policy, identifiedAt, recorded, event, [attackerUuid])
      }
    },
    openUnder: ({ policy, changedAt }, recorded, event) => {
      for (const findingNo of openable.all(policy.minTargets)) {
        change(findingNo, "opened", policy, changedAt, recorded, event, [])
      }
    },
  }
}
