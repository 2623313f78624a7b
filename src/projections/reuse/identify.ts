import type { Database } from "better-sqlite3"
import type { AttackerIdentified, RecordedEvent } from "../../domain/event/events.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import type { ReusePolicy } from "../../domain/finding/policy.ts"
import type { Folded } from "./folded.ts"
import type { StoredChange } from "./storedChange.ts"

interface Attacker {
  readonly no: number
  readonly identified: string | null
}

/**
 * Gives an address the UUID that somebody outside has recognised it by. The first such word
 * stands; later ones change nothing. Every finding of the address in which that UUID is new grows.
 */
export const makeIdentify = (
  db: Database,
  folded: Folded,
  { mayChange, change }: StoredChange,
): ((policy: ReusePolicy, identified: AttackerIdentified, recorded: RecordedEvent) => void) => {
  const find = db.prepare<[string], Attacker>(
    "SELECT attacker_no AS no, identified_position AS identified FROM attackers WHERE ip = ?",
  )
  const insert = db.prepare(
    `INSERT INTO attackers
       (ip, uuid, identified_position, identified_at, identified_ordinal, attempt_count, since, block)
     VALUES (?, ?, ?, ?, ?, 0, ?, ?)`,
  )
  const update = db.prepare(
    `UPDATE attackers SET uuid = ?, identified_position = ?, identified_at = ?, identified_ordinal = ?
      WHERE attacker_no = ?`,
  )
  const findings = db.prepare<[number], { findingNo: number }>(
    `SELECT finding_no AS findingNo FROM finding_attackers JOIN findings USING (finding_no)
      WHERE attacker_no = ? AND version > 0 ORDER BY finding_no`,
  )
  const alreadyThere = db.prepare<[string, number, number]>(
    `SELECT 1 FROM attackers CROSS JOIN finding_attackers USING (attacker_no)
      WHERE uuid = ? AND attacker_no <> ? AND finding_no = ? LIMIT 1`,
  )

  return (policy, { attackerIp, attackerUuid, identifiedAt }, recorded) => {
    const attacker = find.get(attackerIp)
    const ordinal = folded.ordinal()
    const said = [attackerUuid, recorded.position, timestampMicros(identifiedAt), ordinal]
    if (attacker === undefined) {
      insert.run(attackerIp, ...said, ordinal, folded.block())
      return
    }
    if (attacker.identified !== null) return
    update.run(...said, attacker.no)
    for (const { findingNo } of findings.all(attacker.no)) {
      if (alreadyThere.get(attackerUuid, attacker.no, findingNo) !== undefined) continue
      if (!mayChange(policy, findingNo)) continue
      change(findingNo, "grew", { recorded, at: identifiedAt }, [attackerUuid])
    }
  }
}
