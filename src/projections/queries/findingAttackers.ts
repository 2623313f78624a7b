import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"
import type { Page } from "./Page.ts"

/**
 * An attacker of a finding. `identified` says that somebody outside has said whose address it is;
 * without that the UUID is the one minted for the address. Times and attempts are of this finding.
 */
export interface FindingAttacker {
  readonly ip: string
  readonly uuid: string
  readonly identified: boolean
  readonly firstSeen: string
  readonly lastSeen: string
  readonly attemptCount: number
}

type Row = Omit<FindingAttacker, "identified"> & { readonly identified: 0 | 1 }

/** The attackers of a finding, those with the most attempts first. */
export const findingAttackers = (
  db: Database,
  findingNo: number,
  { limit, offset }: Page,
): ReadonlyArray<FindingAttacker> =>
  db
    .prepare<[number, number, number], Row>(
      // The page is cut before the names are looked up: a popular secret has 100,000 attackers.
      `SELECT ip, uuid, identified_position IS NOT NULL AS identified, ${timestampSql("page.first_seen")} AS firstSeen,
              ${timestampSql("page.last_seen")} AS lastSeen, page.attempt_count AS attemptCount
         FROM (SELECT * FROM finding_attackers WHERE finding_no = ?
                ORDER BY attempt_count DESC, last_seen DESC, ordinal LIMIT ? OFFSET ?) AS page
         JOIN attackers USING (attacker_no)
        ORDER BY page.attempt_count DESC, page.last_seen DESC, ordinal`,
    )
    .all(findingNo, limit, offset)
    .map((row) => ({ ...row, identified: row.identified === 1 }))
