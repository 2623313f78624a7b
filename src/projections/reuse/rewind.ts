import type { Database } from "better-sqlite3"
import { mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"

interface Identified {
  readonly no: number
  readonly ip: string
  readonly uuid: string
  readonly position: string
  readonly at: number
  readonly ordinal: number
}

interface PolicyRow {
  readonly position: string
  readonly eventId: string
  readonly changedAt: string
  readonly policy: string
  readonly ordinal: number
}

/**
 * Puts what holds for every reuse key, whose addresses are whose and the policy, back to how it was
 * at a position, and answers what brings the present back. To be used inside one transaction, by
 * which nobody sees the past.
 */
export const rewind = (db: Database, to: Position): (() => void) => {
  const identified = db
    .prepare<[string], Identified>(
      `SELECT attacker_no AS no, ip, uuid, identified_position AS position,
              identified_at AS at, identified_ordinal AS ordinal FROM attackers WHERE identified_position > ?`,
    )
    .all(to)
  const policies = db
    .prepare<[string], PolicyRow>(
      `SELECT position, event_id AS eventId, changed_at AS changedAt, policy, ordinal
         FROM policies WHERE position > ?`,
    )
    .all(to)
  const identify = db.prepare(
    `UPDATE attackers SET uuid = ?, identified_position = ?, identified_at = ?, identified_ordinal = ?
      WHERE attacker_no = ?`,
  )
  const forgetPolicies = db.prepare("DELETE FROM policies WHERE position > ?")
  const insertPolicy = db.prepare("INSERT INTO policies VALUES (?, ?, ?, ?, ?)")

  for (const { no, ip } of identified) identify.run(mintedAttackerUuid(ip), null, null, null, no)
  forgetPolicies.run(to)
  return () => {
    for (const { no, uuid, position, at, ordinal } of identified) {
      identify.run(uuid, position, at, ordinal, no)
    }
    forgetPolicies.run(to)
    for (const { position, eventId, changedAt, policy, ordinal } of policies) {
      insertPolicy.run(position, eventId, changedAt, policy, ordinal)
    }
  }
}
