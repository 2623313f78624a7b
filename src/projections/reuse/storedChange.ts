import type { Database } from "better-sqlite3"
import type { RecordedEvent, ReuseDetected } from "../../domain/event/events.ts"
import type { AttackerUuid, FindingId } from "../../domain/event/ids.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { announced, type FindingState } from "../../domain/finding/finding.ts"
import { isComparable, type ReusePolicy } from "../../domain/finding/policy.ts"
import { reuseKeyName } from "../../domain/finding/reuseKey.ts"
import type { Outbox } from "../outbox.ts"
import type { Added } from "./added.ts"
import { detectedEvent, reuseAnnouncement } from "./announcements.ts"
import type { FindingRows } from "./findingRows.ts"
import type { Folded } from "./folded.ts"
import { causeOf, KeyFold } from "./KeyFold.ts"
import { type KeyRows, stateColumns } from "./keyRows.ts"

/** What changes a finding without a capture: the event that does, and its time. */
export interface Cause {
  readonly recorded: RecordedEvent
  readonly at: Timestamp
}

interface StoredFinding extends FindingState {
  readonly id: FindingId
  readonly secretNo: number
  readonly principal: string
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}

/** Whether events that concern all reuse keys leave this one as it is. */
export type IsHeld = (id: FindingId) => boolean

export interface StoredChange {
  /** Whether a finding may be announced under a policy. */
  readonly mayChange: (policy: ReusePolicy, findingNo: number) => boolean
  readonly change: (
    findingNo: number,
    kind: ReuseDetected["change"],
    cause: Cause,
    uuids: ReadonlyArray<AttackerUuid>,
  ) => void
}

/**
 * Announces a change of a finding that stands in the tables and that no capture of the batch
 * touches: somebody was recognised, or the policy changed. Findings that are held do not change.
 */
export const makeStoredChange = (
  db: Database,
  keys: KeyRows,
  rows: FindingRows,
  added: Added,
  outbox: Outbox,
  folded: Folded,
  isHeld: IsHeld,
): StoredChange => {
  const select = db.prepare<[number], StoredFinding>(
    `SELECT finding_id AS id, secret_no AS secretNo, principal, kind, digest, length_class AS lengthClass, ${stateColumns}
       FROM findings JOIN secrets USING (secret_no) WHERE finding_no = ?`,
  )

  const stored = (findingNo: number): StoredFinding => {
    const row = select.get(findingNo)
    if (row === undefined) throw new Error(`no finding has the number ${findingNo}`)
    return row
  }

  return {
    mayChange: (policy, findingNo) => {
      const { id, kind, digest, lengthClass } = stored(findingNo)
      return !isHeld(id) && kind !== "" && isComparable(policy, { kind, digest, lengthClass })
    },
    change: (findingNo, kind, cause, uuids) => {
      const {
        id,
        secretNo,
        principal,
        kind: secretKind,
        digest,
        lengthClass: _,
        ...state
      } = stored(findingNo)
      const key = { secretKind, secretDigest: digest, principal }
      const fold = new KeyFold(key, secretNo, findingNo, true, state)
      const detected = detectedEvent(fold, kind, state, cause.at, added, uuids)
      const next = announced(state)
      keys.put({
        name: reuseKeyName(key),
        isNew: false,
        findingNo,
        id,
        secretNo,
        principal,
        since: 0, // the tables have it
        state: next,
      })
      rows.writeHistory(findingNo, {
        detected,
        cause: causeOf(cause.recorded),
        ordinal: folded.ordinal(),
      })
      outbox.enqueue(() => reuseAnnouncement(detected, cause.recorded))
    },
  }
}
