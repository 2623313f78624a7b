import { timestampSql } from "../schema.ts"
/**
 * An attacker: an address, and its UUID. `identified` says that somebody outside has said whose
 * address it is; without that the UUID is the one minted for it. An address that was identified
 * before it was ever seen has no times and no attempts. `openFindings` counts the findings to which
 * one of its captures belongs.
 */
export interface Attacker {
  readonly ip: string
  readonly uuid: string
  readonly identified: boolean
  readonly firstSeen: string | null
  readonly lastSeen: string | null
  readonly attemptCount: number
  readonly openFindings: number
}

/** An attacker as a row of {@link attackerColumns}. */
export type AttackerRow = Omit<Attacker, "identified"> & { readonly identified: 0 | 1 }

/** The columns of `attackers`; the number of open findings is counted beside. */
export const attackerColumns = `ip, uuid, identified_position IS NOT NULL AS identified,
  ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen, attempt_count AS attemptCount`

/** How many open findings the attacker of a row has. */
export const openFindings = `(SELECT count(*)
  FROM finding_attackers CROSS JOIN findings USING (finding_no)
  WHERE finding_attackers.attacker_no = attackers.attacker_no AND version > 0)`

export const attackerOf = (row: AttackerRow): Attacker => ({
  ...row,
  identified: row.identified === 1,
})
