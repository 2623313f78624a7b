import type { Database } from "better-sqlite3"
import type { RecordedEvent, ReuseDetected } from "../../domain/events.ts"
import { announced, type FindingState } from "../../domain/finding.ts"
import type { AttackerUuid, FindingId } from "../../domain/ids.ts"
import { isComparable, type ReusePolicy } from "../../domain/policy.ts"
import type { Timestamp } from "../../domain/timestamp.ts"
import type { Announcement } from "../outbox.ts"
import { makeAdded } from "./added.ts"
import { detectedEvent, reuseAnnouncement } from "./detectedEvent.ts"
import { KeyFold } from "./KeyFold.ts"
import { makeKeyRows, stateColumns } from "./keyRows.ts"
import { makeWriteHistory } from "./writeFold.ts"

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
  readonly sha256: string
  readonly length: number
}

/** Whether a finding may be announced under a policy. */
export type MayChange = (policy: ReusePolicy, findingNo: number) => boolean

/**
 * Announces a change of a finding that stands in the tables and that no capture of the batch
 * touches: somebody was recognised, or the policy changed.
 */
export const makeStoredChange = (
  db: Database,
  announce: (announcement: Announcement) => void,
): {
  readonly mayChange: MayChange
  readonly change: (
    findingNo: number,
    kind: ReuseDetected["change"],
    cause: Cause,
    uuids: ReadonlyArray<AttackerUuid>,
  ) => void
} => {
  const select = db.prepare<[number], StoredFinding>(
    `SELECT finding_id AS id, secret_no AS secretNo, principal, kind, sha256, length, ${stateColumns}
       FROM findings JOIN secrets USING (secret_no) WHERE finding_no = ?`,
  )
  const keys = makeKeyRows(db)
  const added = makeAdded(db)
  const writeHistory = makeWriteHistory(db)

  const stored = (findingNo: number): StoredFinding => {
    const row = select.get(findingNo)
    if (row === undefined) throw new Error(`no finding has the number ${findingNo}`)
    return row
  }

  return {
    mayChange: (policy, findingNo) => {
      const { kind, sha256, length } = stored(findingNo)
      return kind !== "" && isComparable(policy, { kind, sha256, length })
    },
    change: (findingNo, kind, cause, uuids) => {
      const {
        id,
        secretNo,
        principal,
        kind: secretKind,
        sha256,
        length: _,
        ...state
      } = stored(findingNo)
      const key = { secretKind, secretSha256: sha256, principal }
      const fold = new KeyFold(key, id, secretNo, true, { findingNo, state })
      const detected = detectedEvent(fold, kind, state, cause.at, added, uuids)
      keys.update(findingNo, announced(state))
      writeHistory(findingNo, { detected, cause: cause.recorded })
      announce(reuseAnnouncement(detected, cause.recorded))
    },
  }
}
