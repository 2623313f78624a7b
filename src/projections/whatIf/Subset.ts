import type { Database } from "better-sqlite3"
import { unknownService } from "../../domain/capture/service.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { microsOf } from "../queries/Conditions.ts"
import type { Totals } from "../queries/Finding.ts"

/**
 * Which captures of history count. Bounds are event times and belong to it; in names, `*` stands
 * for any text. What is left out, or an empty list, restricts nothing.
 */
export interface Subset {
  readonly since?: Timestamp
  readonly until?: Timestamp
  readonly services: ReadonlyArray<string>
  readonly deckies: ReadonlyArray<string>
  readonly ignoredDeckies: ReadonlyArray<string>
}

/** Whether all of history counts. */
export const isWhole = ({ since, until, services, deckies, ignoredDeckies }: Subset): boolean =>
  since === undefined &&
  until === undefined &&
  [...services, ...deckies, ...ignoredDeckies].length === 0

/** The numbers of the targets whose captures count. */
const targetsIn = (
  db: Database,
  { services, deckies, ignoredDeckies }: Subset,
): ReadonlyArray<number> => {
  const isService = services.length === 0 ? () => true : matcher(services)
  const isDecky = deckies.length === 0 ? () => true : matcher(deckies)
  const isIgnored = matcher(ignoredDeckies)
  return db
    .prepare<[], { no: number; decky: string; service: string }>(
      "SELECT target_no AS no, decky, service FROM targets",
    )
    .all()
    .filter(({ decky, service }) => isService(service) && isDecky(decky) && !isIgnored(decky))
    .map(({ no }) => no)
}

/** Whether a name is one of the patterns', whole and with its letters as they are. */
const matcher = (patterns: ReadonlyArray<string>): ((name: string) => boolean) => {
  const expressions = patterns.map(
    (pattern) => new RegExp(`^${pattern.split(/\*+/).map(RegExp.escape).join(".*")}$`, "su"),
  )
  return (name) => expressions.some((expression) => expression.test(name))
}

interface Pair {
  readonly findingNo: number
  readonly targetNo: number
  readonly attackerNo: number
  readonly attempts: number
}

const nothing: Totals = { targetCount: 0, attackerCount: 0, attemptCount: 0 }

// Which rows of `folded` count; the first parameter is a JSON array of target numbers.
const counted = `target_no IN (SELECT value FROM json_each(?)) AND observed_at BETWEEN ? AND ?`

/**
 * What the captures of a subset make of each reuse key, from the record of what was folded. Ask for
 * keys in the order of their numbers. Keys that have one target in all of history are left out, since
 * no subset and no policy makes a finding of them.
 */
export const subsetTotals = (
  db: Database,
  subset: Subset,
): { readonly captureCount: number; readonly of: (findingNo: number) => Totals } => {
  const parameters = [
    JSON.stringify(targetsIn(db, subset)),
    microsOf(subset.since) ?? 0,
    microsOf(subset.until) ?? Number.MAX_SAFE_INTEGER,
  ] as const
  const captureCount = db
    .prepare<unknown[], number>(`SELECT count(*) FROM folded WHERE ${counted}`)
    .pluck()
    .get(...parameters)
  const pairs = db
    .prepare<unknown[], Pair>(
      `SELECT finding_no AS findingNo, target_no AS targetNo, attacker_no AS attackerNo,
              count(*) AS attempts
         FROM folded
        WHERE ${counted} AND finding_no IN (SELECT finding_no FROM findings WHERE target_count > 1)
        GROUP BY finding_no, target_no, attacker_no
        ORDER BY finding_no, target_no, attacker_no`,
    )
    .iterate(...parameters)
  const unknown = unknownServices(db)
  let next = pairs.next()
  return {
    captureCount: captureCount ?? 0,
    of: (findingNo) => {
      while (next.done !== true && next.value.findingNo < findingNo) next = pairs.next()
      const own: Array<Pair> = []
      while (next.done !== true && next.value.findingNo === findingNo) {
        own.push(next.value)
        next = pairs.next()
      }
      return own.length === 0 ? nothing : totalsOf(own, unknown)
    },
  }
}

/** Targets with an unknown service, each with the known targets of the same decky. */
const unknownServices = (db: Database): ReadonlyMap<number, ReadonlyArray<number>> => {
  const rows = db
    .prepare<[string, string], { unknown: number; known: number | null }>(
      `SELECT place.target_no AS unknown, other.target_no AS known
         FROM targets AS place
         LEFT JOIN targets AS other ON other.decky = place.decky AND other.service <> ?
        WHERE place.service = ?`,
    )
    .all(unknownService, unknownService)
  const all = new Map<number, Array<number>>()
  for (const { unknown, known } of rows) {
    const of = all.get(unknown) ?? []
    all.set(unknown, of)
    if (known !== null) of.push(known)
  }
  return all
}

const totalsOf = (
  pairs: ReadonlyArray<Pair>,
  unknown: ReadonlyMap<number, ReadonlyArray<number>>,
): Totals => {
  const targets = new Set<number>()
  const attackers = new Set<number>()
  let attemptCount = 0
  for (const { targetNo, attackerNo, attempts } of pairs) {
    targets.add(targetNo)
    if (attackerNo !== 0) attackers.add(attackerNo) // 0: its log names no address
    attemptCount += attempts
  }
  // An unknown service and a known one of the same decky are one target.
  const doubled = [...unknown].filter(
    ([targetNo, known]) => targets.has(targetNo) && known.some((no) => targets.has(no)),
  )
  return {
    targetCount: targets.size - doubled.length,
    attackerCount: attackers.size,
    attemptCount,
  }
}
