import type { Database } from "better-sqlite3"
import { timestampSql } from "../schema.ts"
import { type Finding, type FindingRow, findingColumns, makeFinding } from "./Finding.ts"
import { filledTargets } from "./filledTargets.ts"
import { type FindingChange, findingHistory } from "./findingHistory.ts"
import type { Page } from "./Page.ts"
import { resolveFindingId } from "./resolveFindingId.ts"
import { makeTriageOf, type Triage } from "./triage.ts"

/**
 * A finding with what it is made of. Each list is a page; `targetCount`, `attackerCount` and
 * `historyCount` say how long the whole lists are. `unannouncedTargets` and
 * `unannouncedAttackers` came after the last change in the history.
 */
export interface FindingDetails extends Finding {
  readonly triage: Triage
  readonly unannouncedTargets: number
  readonly unannouncedAttackers: number
  readonly targets: ReadonlyArray<FindingTarget>
  readonly attackers: ReadonlyArray<FindingAttacker>
  readonly historyCount: number
  readonly history: ReadonlyArray<FindingChange>
}

export type FindingLookup =
  | { readonly _tag: "Found"; readonly finding: FindingDetails }
  | { readonly _tag: "Ambiguous"; readonly ids: ReadonlyArray<string> }
  | { readonly _tag: "Missing" }

interface DetailedRow extends FindingRow {
  readonly announcedTargets: number
  readonly announcedAttackers: number
  readonly historyCount: number
}

/** Which part of each list is wanted. */
export interface FindingPages {
  readonly targets: Page
  readonly attackers: Page
  readonly history: Page
}

/** The finding or candidate with this id, or with this beginning of one; see `resolveFindingId`. */
export const findingById = (db: Database, id: string, pages: FindingPages): FindingLookup =>
  db.transaction((): FindingLookup => {
    const resolved = resolveFindingId(db, id)
    if (resolved._tag !== "Found") return resolved
    const { findingNo } = resolved
    const row = db
      .prepare<[number], DetailedRow>(
        `SELECT ${findingColumns}, announced_targets AS announcedTargets,
                announced_attackers AS announcedAttackers,
                (SELECT count(*) FROM finding_history WHERE finding_no = findings.finding_no)
                  AS historyCount
           FROM findings JOIN secrets USING (secret_no) WHERE finding_no = ?`,
      )
      .get(findingNo)
    if (row === undefined) return { _tag: "Missing" }
    return {
      _tag: "Found",
      finding: {
        ...makeFinding(db)(row),
        triage: makeTriageOf(db)(row.id),
        unannouncedTargets: row.targetCount - row.announcedTargets,
        unannouncedAttackers: row.attackerCount - row.announcedAttackers,
        targets: findingTargets(db, findingNo, pages.targets),
        attackers: findingAttackers(db, findingNo, pages.attackers),
        historyCount: row.historyCount,
        history: findingHistory(db, findingNo, pages.history),
      },
    }
  })()

/** A decky and a service that were seen together with the finding's secret and principal. */
export interface FindingTarget {
  readonly decky: string
  readonly service: string
  readonly firstSeen: string
  readonly lastSeen: string
  readonly attemptCount: number
}

/** The targets of a finding by decky and service, unknown services filled in. */
const findingTargets = (
  db: Database,
  findingNo: number,
  { limit, offset }: Page,
): ReadonlyArray<FindingTarget> =>
  db
    .prepare<[number, number, number], FindingTarget>(
      `SELECT decky, service, ${timestampSql("first_seen")} AS firstSeen, ${timestampSql("last_seen")} AS lastSeen,
              attempt_count AS attemptCount
         FROM (${filledTargets("pair.finding_no = ?")})
        ORDER BY decky, service LIMIT ? OFFSET ?`,
    )
    .all(findingNo, limit, offset)

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
const findingAttackers = (
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

/** The addresses and targets of a finding, all of them. */
export interface FindingMembers {
  readonly addresses: ReadonlyArray<string>
  readonly targets: ReadonlyArray<Pick<FindingTarget, "decky" | "service">>
}

/** Looks up every address and target of a finding, however many. */
export const findingMembers = (db: Database, findingNo: number): FindingMembers => {
  const addresses = db.prepare<[number], string>(
    `SELECT ip FROM finding_attackers JOIN attackers USING (attacker_no) WHERE finding_no = ?`,
  )
  const targets = db.prepare<[number], FindingMembers["targets"][number]>(
    `SELECT decky, service FROM (${filledTargets("pair.finding_no = ?")})`,
  )
  return { addresses: addresses.pluck().all(findingNo), targets: targets.all(findingNo) }
}
