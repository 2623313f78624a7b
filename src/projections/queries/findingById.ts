import type { Database } from "better-sqlite3"
import { type Finding, type FindingRow, findingColumns, makeFinding } from "./Finding.ts"
import { type FindingAttacker, findingAttackers } from "./findingAttackers.ts"
import { type FindingChange, findingHistory } from "./findingHistory.ts"
import { type FindingTarget, findingTargets } from "./findingTargets.ts"
import type { Page } from "./Page.ts"
import { resolveFindingId } from "./resolveFindingId.ts"

/**
 * A finding with what it is made of. Each list is a page; `targetCount`, `attackerCount` and
 * `historyCount` say how long the whole lists are. `unannouncedAttackers` came after the last
 * change in the history.
 */
export interface FindingDetails extends Finding {
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
      .prepare<[number], FindingRow & { announcedAttackers: number; historyCount: number }>(
        `SELECT ${findingColumns}, announced_attackers AS announcedAttackers,
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
        unannouncedAttackers: row.attackerCount - row.announcedAttackers,
        targets: findingTargets(db, findingNo, pages.targets),
        attackers: findingAttackers(db, findingNo, pages.attackers),
        historyCount: row.historyCount,
        history: findingHistory(db, findingNo, pages.history),
      },
    }
  })()

/** All addresses and targets of a finding, however many. */
export const findingMembers = (db: Database, findingNo: number): FindingMembers => {
  const addresses = db.prepare<[number], string>(
    `SELECT ip FROM finding_attackers JOIN attackers USING (attacker_no) WHERE finding_no = ?`,
  )
  const targets = db.prepare<[number], Target>(
    `SELECT decky, service FROM finding_targets JOIN targets USING (target_no) WHERE finding_no = ?`,
  )
  return { addresses: addresses.pluck().all(findingNo), targets: targets.all(findingNo) }
}

interface Target {
  readonly decky: string
  readonly service: string
}

export interface FindingMembers {
  readonly addresses: ReadonlyArray<string>
  readonly targets: ReadonlyArray<Target>
}
