import type { Database } from "better-sqlite3"
import type { DecodedEvent } from "../../domain/event/events.ts"
import { type FindingId, mintedAttackerUuid } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { makeReuseFold } from "./reuseProjection.ts"

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
 * Folds events for one reuse key as of the moment they were recorded: captures of this key after
 * `since`, and the events in between that concern all keys, which every other key has seen already.
 * The policy and the owners of addresses are put back to how they were at `since` for the time of
 * the fold. Call it inside one transaction, so that nobody sees the past.
 */
export const foldOneKey = (
  db: Database,
  id: FindingId,
  since: Position,
  events: ReadonlyArray<DecodedEvent>,
): void => {
  const restore = rewind(db, since)
  makeReuseFold(db, "announcing", undefined, (other) => other !== id).apply(events)
  restore()
}

/** Whether something that concerns all keys has been folded after a position. */
export const hasKeylessEventsAfter = (db: Database, position: Position): boolean =>
  db
    .prepare<[string, string], number>(
      `SELECT EXISTS (SELECT 1 FROM policies WHERE position > ?)
           OR EXISTS (SELECT 1 FROM attackers WHERE identified_position > ?)`,
    )
    .pluck()
    .get(position, position) === 1

/** Puts policy and owners back to a position. Returns what brings the present back, as it was read. */
const rewind = (db: Database, to: Position): (() => void) => {
  const identified = db
    .prepare<[string], Identified>(
      `SELECT attacker_no AS no, ip, uuid, identified_position AS position, identified_at AS at,
              identified_ordinal AS ordinal
         FROM attackers WHERE identified_position > ?`,
    )
    .all(to)
  const policies = db
    .prepare<[string], PolicyRow>(
      `SELECT position, event_id AS eventId, changed_at AS changedAt, policy, ordinal
         FROM policies WHERE position > ?`,
    )
    .all(to)
  const identify = db.prepare(
    `UPDATE attackers
        SET uuid = ?, identified_position = ?, identified_at = ?, identified_ordinal = ?
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
