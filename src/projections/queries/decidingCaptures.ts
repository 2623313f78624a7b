import type { Database } from "better-sqlite3"
import { unknownService } from "../../domain/capture/service.ts"
import { beginning, type Position } from "../../domain/event/position.ts"
import { defaultPolicy } from "../../domain/finding/policy.ts"
import { cutAtPosition } from "../past/Cut.ts"
import { timestampSql } from "../schema.ts"
import { type FindingChange, findingHistory } from "./findingHistory.ts"

/**
 * A capture that a finding is made of: the first one on its target. It stands in the log at
 * `position`, and `after` is a position before that with no other event that is folded in between.
 */
export interface DecidingCapture {
  readonly decky: string
  readonly service: string
  readonly attackerIp: string | null
  readonly observedAt: string
  readonly recordedAt: string
  readonly position: Position
  readonly after: Position
}

/** Why a finding is or was open: the change that last opened it, the minimum then, the fewest captures. */
export interface Deciding {
  readonly opening: FindingChange
  readonly minTargets: number
  /** Why it was closed since then; `null` if it is open. */
  readonly closed: FindingChange["reason"]
  readonly captures: ReadonlyArray<DecidingCapture>
}

interface Row extends Omit<DecidingCapture, "after"> {
  readonly ordinal: number
  readonly setAside: 0 | 1
}

// For a target with an unknown service: the capture that had filled it in by the time the finding opened.
const fillingCapture = `iif(place.service = '${unknownService}',
  (SELECT min(other.since) FROM finding_targets AS other JOIN targets AS known USING (target_no)
    WHERE other.finding_no = pair.finding_no AND known.decky = place.decky
      AND known.service <> '${unknownService}' AND other.since <= :openedBy), NULL)`

/**
 * The fewest captures that make a finding what it is: the first on each of the first targets, as
 * many as the policy demanded when it last opened. `undefined` if it never has.
 */
export const decidingCaptures = (db: Database, findingNo: number): Deciding | undefined =>
  db.transaction(() => {
    const last = db
      .prepare<[number], { version: number; openedBy: number }>(
        `SELECT version, ordinal AS openedBy FROM finding_history
          WHERE finding_no = ? AND change IN ('opened', 'reopened') ORDER BY version DESC LIMIT 1`,
      )
      .get(findingNo)
    if (last === undefined) return undefined
    const { version, openedBy } = last
    const [opening] = findingHistory(db, findingNo, { limit: 1, offset: version - 1 })
    if (opening === undefined) return undefined
    const minTargets =
      db
        .prepare<[number], number>(
          `SELECT json_extract(policy, '$.minTargets') FROM policies
            WHERE ordinal <= ? ORDER BY ordinal DESC LIMIT 1`,
        )
        .pluck()
        .get(openedBy) ?? defaultPolicy.minTargets
    const rows = db
      .prepare<[{ findingNo: number; openedBy: number; minTargets: number }], Row>(
        `SELECT folded.ordinal, decky, service, ip AS attackerIp,
                ${timestampSql("observed_at")} AS observedAt,
                ${timestampSql("recorded_at * 1000")} AS recordedAt,
                coalesce(own_position, position) AS position, own_position IS NOT NULL AS setAside
           FROM (SELECT pair.ordinal AS place_no, coalesce(${fillingCapture}, pair.since) AS first
                   FROM finding_targets AS pair JOIN targets AS place USING (target_no)
                  WHERE pair.finding_no = :findingNo AND pair.ordinal > 0
                  ORDER BY pair.ordinal LIMIT :minTargets)
           JOIN folded ON folded.ordinal = first
           JOIN targets USING (target_no)
           LEFT JOIN attackers ON attackers.attacker_no = folded.attacker_no
          ORDER BY place_no`,
      )
      .all({ findingNo, openedBy, minTargets })
    const positionAt = db
      .prepare<[number], Position>("SELECT position FROM folded WHERE ordinal = ?")
      .pluck()
    const closed =
      db
        .prepare<[number], FindingChange["reason"]>(
          "SELECT reason FROM finding_history WHERE finding_no = ? ORDER BY version DESC LIMIT 1",
        )
        .pluck()
        .get(findingNo) ?? null
    return {
      opening,
      minTargets,
      closed,
      captures: rows.map(({ ordinal, setAside, ...capture }) => {
        const cut = setAside === 1 ? cutAtPosition(db, capture.position) : undefined
        const before = cut?.by === "recorded-time" ? cut.ordinal : ordinal - 1
        return { ...capture, after: positionAt.get(before) ?? beginning }
      }),
    }
  })()
