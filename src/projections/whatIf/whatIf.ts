import type { Database } from "better-sqlite3"
import type { FindingId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import type { ReusePolicy } from "../../domain/finding/policy.ts"
import { readCheckpoint } from "../checkpoint.ts"
import { quarantinesOf } from "../quarantine.ts"
import type { Totals } from "../queries/Finding.ts"
import {
  type SecretRow,
  type StoredSecret,
  secretColumns,
  storedSecret,
} from "../queries/StoredSecret.ts"
import { reuseProjectionName } from "../reuse/reuseProjection.ts"
import { always, isFinding, type Rule, ruleOfHistory } from "./Rule.ts"
import { isWhole, type Subset, subsetTotals } from "./Subset.ts"
import { makeTop, type Top } from "./Top.ts"

/** What is asked: over which captures, and under which policies; `null` is that of history itself. */
export interface Question {
  readonly subset: Subset
  readonly policies: ReadonlyArray<ReusePolicy | null>
  /** The most examples of each kind. */
  readonly limit: number
}

/** A finding, or what would be one, with its totals at present and in the other case. */
export interface Example {
  readonly id: string
  readonly secret: StoredSecret
  readonly principal: string
  readonly present: Totals
  readonly whatIf: Totals
}

/** How many there are of a kind, and those with the most targets. */
export interface Kind {
  readonly count: number
  readonly examples: ReadonlyArray<Example>
}

/** What would come of a policy. */
export interface Outcome {
  readonly policy: ReusePolicy | null
  readonly findingCount: number
  readonly appear: Kind
  readonly disappear: Kind
  /** Findings before and after, with other totals. */
  readonly change: Kind
  readonly unchangedCount: number
}

export interface WhatIf {
  /** Where in the log the present is. */
  readonly position: Position
  /** Captures that count. */
  readonly captureCount: number
  /** Findings at present. */
  readonly presentCount: number
  readonly outcomes: ReadonlyArray<Outcome>
}

interface Row extends Totals {
  readonly findingNo: number
  readonly id: FindingId
  readonly open: 0 | 1
  readonly kind: string
  readonly digest: string
  readonly lengthClass: string
}

/**
 * What the findings would be if history were replayed under other policies or without some of its
 * captures, beside what they are. One pass answers for all policies, since the totals of a reuse
 * key do not depend on them. Writes nothing.
 */
export const whatIf = (db: Database, question: Question): WhatIf => {
  // The captures of a subset are sorted, and may be more than is to be held in memory.
  db.pragma("temp_store = FILE")
  try {
    return db.transaction(() => answer(db, question))()
  } finally {
    db.pragma("temp_store = MEMORY")
  }
}

const answer = (db: Database, { subset, policies, limit }: Question): WhatIf => {
  // All of history comes to the totals that stand there.
  const replayed = isWhole(subset) ? undefined : subsetTotals(db, subset)
  const quarantined = new Map(
    quarantinesOf(db, reuseProjectionName).map(({ findingId, since }) => [findingId, since]),
  )
  const tallies = policies.map((policy) =>
    makeTally(policy, policy === null ? ruleOfHistory(db) : always(policy), limit),
  )
  let presentCount = 0
  for (const row of candidates(db)) {
    const isNow = row.open === 1
    if (isNow) presentCount++
    const { targetCount, attackerCount, attemptCount } = row
    const present: Totals = { targetCount, attackerCount, attemptCount }
    const other = replayed?.of(row.findingNo) ?? present
    const key = {
      secret: row.kind === "" ? null : row, // an absent secret has no kind
      quarantinedSince: quarantined.get(row.id),
      targetCount: other.targetCount,
    }
    const seen: Seen = { findingNo: row.findingNo, id: row.id, present, whatIf: other }
    for (const tally of tallies) tally.count(seen, isNow, isFinding(tally.rule, key))
  }
  const describe = describing(db)
  return {
    position: readCheckpoint(db, reuseProjectionName).position,
    captureCount: replayed?.captureCount ?? captureCount(db),
    presentCount,
    outcomes: tallies.map(({ outcome }) => outcome(describe)),
  }
}

// Under every policy it takes two targets to make a finding.
const candidates = (db: Database): IterableIterator<Row> =>
  db
    .prepare<[], Row>(
      `SELECT finding_no AS findingNo, finding_id AS id, open, target_count AS targetCount,
              attacker_count AS attackerCount, attempt_count AS attemptCount, kind, digest, length_class AS lengthClass
         FROM findings CROSS JOIN secrets USING (secret_no)
        WHERE target_count > 1 ORDER BY finding_no`,
    )
    .iterate()

const captureCount = (db: Database): number =>
  db.prepare<[], number>("SELECT coalesce(sum(attempt_count), 0) FROM findings").pluck().get() ?? 0

/** A reuse key that has been looked at; what it is called is only looked up for examples. */
interface Seen extends Pick<Example, "id" | "present" | "whatIf"> {
  readonly findingNo: number
}

const makeTally = (policy: ReusePolicy | null, rule: Rule, limit: number) => {
  const appear = makeTop<Seen>(limit, ({ whatIf, id }) => ({ ...whatIf, id }))
  const disappear = makeTop<Seen>(limit, ({ present, id }) => ({ ...present, id }))
  const change = makeTop<Seen>(limit, ({ present, id }) => ({ ...present, id }))
  let findingCount = 0
  let unchangedCount = 0
  return {
    rule,
    count: (seen: Seen, isNow: boolean, wouldBe: boolean): void => {
      if (wouldBe) findingCount++
      if (!isNow && !wouldBe) return
      if (!isNow) appear.add(seen)
      else if (!wouldBe) disappear.add(seen)
      else if (isSame(seen)) unchangedCount++
      else change.add(seen)
    },
    outcome: (describe: (seen: Seen) => Example): Outcome => {
      const kind = ({ count, best }: Top<Seen>): Kind => ({
        count: count(),
        examples: best().map(describe),
      })
      return {
        policy,
        findingCount,
        appear: kind(appear),
        disappear: kind(disappear),
        change: kind(change),
        unchangedCount,
      }
    },
  }
}

const isSame = ({ present, whatIf }: Seen): boolean =>
  present.targetCount === whatIf.targetCount &&
  present.attackerCount === whatIf.attackerCount &&
  present.attemptCount === whatIf.attemptCount

const describing = (db: Database): ((seen: Seen) => Example) => {
  const select = db.prepare<[number], SecretRow & { principal: string }>(
    `SELECT principal, ${secretColumns} FROM findings JOIN secrets USING (secret_no)
      WHERE finding_no = ?`,
  )
  return ({ findingNo, id, present, whatIf }) => {
    const row = select.get(findingNo)
    if (row === undefined) throw new Error(`no finding has the number ${findingNo}`)
    return { id, secret: storedSecret(row), principal: row.principal, present, whatIf }
  }
}
