import type { Database } from "better-sqlite3"
import { addedListLimit } from "../../domain/event/events.ts"
import { asOf } from "../past/asOf.ts"
import type { Cut } from "../past/Cut.ts"
import {
  type Finding,
  type FindingRow,
  findingColumns,
  makeFinding,
  type Totals,
} from "./Finding.ts"
import { filledService } from "./filledTargets.ts"
import type { Page } from "./Page.ts"

/**
 * A finding at the later of two moments with what was added since the earlier one; `before` is
 * `null` where it was no finding then. Lists are cut, with full counts next to them.
 */
export interface FindingBetween extends Finding {
  readonly before: (Totals & { readonly version: number }) | null
  readonly addedTargets: ReadonlyArray<{ readonly decky: string; readonly service: string }>
  readonly addedTargetCount: number
  readonly addedAttackers: ReadonlyArray<{ readonly ip: string; readonly uuid: string }>
  readonly addedAttackerCount: number
  readonly addedAttackerUuids: ReadonlyArray<string>
  readonly addedAttemptCount: number
}

/** A page of each kind, and how many there are of it. */
export interface FindingsBetween {
  readonly openedCount: number
  readonly opened: ReadonlyArray<FindingBetween>
  readonly grownCount: number
  readonly grown: ReadonlyArray<FindingBetween>
  readonly closedCount: number
  readonly closed: ReadonlyArray<FindingBetween>
  readonly unchangedCount: number
  readonly unchanged: ReadonlyArray<FindingBetween>
}

interface State extends Totals {
  readonly no: number
  readonly version: number
  readonly open: 0 | 1
}

/**
 * What became of findings between two moments. Opened are those that were none at the first; grown
 * those that have more targets, more attackers or a UUID that was said in between; closed those that
 * are none at the second; the others are unchanged, whatever attempts were added.
 */
export const findingsBetween = (
  db: Database,
  from: Cut,
  to: Cut,
  page: Page,
  perBlock?: number,
): FindingsBetween =>
  db.transaction(() => {
    const before = new Map(
      asOf(db, from, announcedStates, perBlock)
        .filter(({ open }) => open === 1)
        .map((one) => [one.no, one]),
    )
    return asOf(
      db,
      to,
      () => {
        const known = announcedStates(db)
        const states = known.filter(({ open }) => open === 1)
        const closed = known.filter(({ no, open }) => open === 0 && before.has(no))
        const identified = identifiedBetween(db, from, to)
        const isGrown = (now: State): boolean => {
          const then = before.get(now.no)
          return (
            then !== undefined &&
            (now.targetCount > then.targetCount ||
              now.attackerCount > then.attackerCount ||
              (to.by === "recorded-time"
                ? now.version > then.version
                : identified(now.no).length > 0))
          )
        }
        const opened = states.filter(({ no }) => !before.has(no))
        const grown = states.filter(isGrown)
        const others = states.filter((now) => before.has(now.no) && !isGrown(now))
        const describe = describing(db, from, to, before, identified)
        const pageOf = (kind: ReadonlyArray<State>): ReadonlyArray<FindingBetween> =>
          kind.slice(page.offset, page.offset + page.limit).map(describe)
        return {
          openedCount: opened.length,
          opened: pageOf(opened),
          grownCount: grown.length,
          grown: pageOf(grown),
          closedCount: closed.length,
          closed: pageOf(closed),
          unchangedCount: others.length,
          unchanged: pageOf(others),
        }
      },
      perBlock,
    )
  })()

// Those with the most targets first, as `credtrail findings` has them.
const announcedStates = (db: Database): ReadonlyArray<State> =>
  db
    .prepare<[], State>(
      `SELECT finding_no AS no, version, open, target_count AS targetCount,
              attacker_count AS attackerCount, attempt_count AS attemptCount
         FROM findings WHERE version > 0
        ORDER BY target_count DESC, last_seen DESC, finding_id`,
    )
    .all()

/** That something came after one moment and not after the other, by one of two columns. */
const cameBetween = (from: Cut, to: Cut, ordinal: string, time: string): string =>
  from.by === "recorded-time" && to.by === "recorded-time"
    ? `${ordinal} > ${from.ordinal} AND ${ordinal} <= ${to.ordinal}`
    : `${time} > ${timeOf(from)} AND ${time} <= ${timeOf(to)}`

const timeOf = (cut: Cut): number => {
  if (cut.by === "event-time") return cut.time
  throw new Error("two moments are of the same time")
}

/** The UUIDs by which attackers of a finding were identified in between, if it had them before. */
const identifiedBetween = (
  db: Database,
  from: Cut,
  to: Cut,
): ((findingNo: number) => ReadonlyArray<string>) => {
  const uuids = new Map<number, Array<string>>()
  const rows = db
    .prepare<[], { no: number; uuid: string }>(
      `SELECT DISTINCT finding_no AS no, uuid FROM main.attackers
         JOIN main.finding_attackers AS pair USING (attacker_no)
        WHERE ${cameBetween(from, to, "identified_ordinal", "identified_at")}
          AND NOT (${cameBetween(from, to, "pair.since", "pair.first_seen")})
          AND ${from.by === "recorded-time" ? `pair.since <= ${from.ordinal}` : `pair.first_seen <= ${from.time}`}
        ORDER BY finding_no, uuid`,
    )
    .all()
  for (const { no, uuid } of rows) uuids.set(no, [...(uuids.get(no) ?? []), uuid])
  return (findingNo) => uuids.get(findingNo) ?? []
}

const nothing: State = {
  no: 0,
  version: 0,
  open: 0,
  targetCount: 0,
  attackerCount: 0,
  attemptCount: 0,
}

const describing = (
  db: Database,
  from: Cut,
  to: Cut,
  before: ReadonlyMap<number, State>,
  identified: (findingNo: number) => ReadonlyArray<string>,
): ((state: State) => FindingBetween) => {
  const select = db.prepare<[number], FindingRow>(
    `SELECT ${findingColumns} FROM findings JOIN secrets USING (secret_no) WHERE finding_no = ?`,
  )
  const toFinding = makeFinding(db)
  // What a finding that has just opened has added is all that it has.
  const since = `(? = 0 AND ${there(to, "pair")} OR ${cameBetween(from, to, "pair.since", "pair.first_seen")})`
  const targets = db.prepare<[number, number, number], { decky: string; service: string }>(
    `SELECT decky, ${filledService("pair", "place")} AS service
       FROM main.finding_targets AS pair JOIN targets AS place USING (target_no)
      WHERE finding_no = ? AND pair.ordinal > 0 AND ${since} ORDER BY pair.ordinal LIMIT ?`,
  )
  const attackers = db.prepare<[number, number, number], { ip: string; uuid: string }>(
    `SELECT ip, uuid FROM main.finding_attackers AS pair JOIN attackers USING (attacker_no)
      WHERE finding_no = ? AND ${since} ORDER BY pair.ordinal LIMIT ?`,
  )
  return (now) => {
    const row = select.get(now.no)
    if (row === undefined) throw new Error(`no finding has the number ${now.no}`)
    const then = before.get(now.no)
    const start = then ?? nothing
    const { no: _, open: __, ...totals } = start
    return {
      ...toFinding(row),
      before: then === undefined ? null : totals,
      addedTargets: targets.all(now.no, start.version, addedListLimit),
      addedTargetCount: now.targetCount - start.targetCount,
      addedAttackers: attackers.all(now.no, start.version, addedListLimit),
      addedAttackerCount: now.attackerCount - start.attackerCount,
      addedAttackerUuids: then === undefined ? [] : identified(now.no).slice(0, addedListLimit),
      addedAttemptCount: now.attemptCount - start.attemptCount,
    }
  }
}

const there = (cut: Cut, pair: string): string =>
  cut.by === "recorded-time"
    ? `${pair}.since <= ${cut.ordinal}`
    : `${pair}.first_seen <= ${cut.time}`
