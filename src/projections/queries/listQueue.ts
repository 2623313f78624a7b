import type { Database } from "better-sqlite3"
import { unknownService } from "../../domain/capture/service.ts"
import { timestampFromMicros } from "../../domain/event/timestamp.ts"
import type { Finding } from "./Finding.ts"
import { type FindingFilter, listFindings } from "./listFindings.ts"
import type { Page } from "./Page.ts"
import { makeTriageOf, type Triage } from "./triage.ts"

/** Why a finding needs a look: it is new, or something has happened since somebody had one. */
export type Attention =
  | { readonly why: "new" }
  | {
      /** It was acknowledged and has changed. */
      readonly why: "changed"
      readonly since: string
      readonly addedTargetCount: number
      readonly addedAttackerCount: number
    }
  | {
      /** It was muted and has come up on a decky, or in a service, where it was not before. */
      readonly why: "spread"
      readonly since: string
      readonly deckies: ReadonlyArray<string>
      readonly services: ReadonlyArray<string>
    }
  | {
      /** It was muted for a time, which is over. */
      readonly why: "unmuted"
      readonly since: string
    }

interface QueuedFinding extends Finding {
  readonly attention: Attention
  readonly triage: Triage
}

export interface Queue {
  readonly total: number
  readonly findings: ReadonlyArray<QueuedFinding>
  /** Open findings that match and are left out. */
  readonly acknowledgedCount: number
  readonly mutedCount: number
}

/**
 * The findings that need a look, the highest rank first. Left out are those that were acknowledged and
 * have not changed since, and those that are muted, at `now` in microseconds, and have not spread.
 */
export const listQueue = (
  db: Database,
  query: FindingFilter & Page & { readonly now: number },
): Queue =>
  db.transaction(() => {
    const states = triaged(db, query.now)
    const numbersOf = (state: State["state"]): ReadonlyArray<number> =>
      [...states.values()].flatMap((one) => (one.state === state ? [one.findingNo] : []))
    const acknowledged = numbersOf("acknowledged")
    const muted = numbersOf("muted")
    const { total, findings } = listFindings(db, {
      ...query,
      sort: "rank",
      except: [...acknowledged, ...muted],
    })
    const triageOf = makeTriageOf(db)
    const countOf = (only: ReadonlyArray<number>): number =>
      only.length === 0 ? 0 : listFindings(db, { ...query, sort: "rank", only, ...nothing }).total
    return {
      total,
      findings: findings.map((finding) => {
        const state = states.get(finding.id)
        return {
          ...finding,
          attention: state?.state === "waiting" ? state.attention : ({ why: "new" } as const),
          triage: triageOf(finding.id),
        }
      }),
      acknowledgedCount: countOf(acknowledged),
      mutedCount: countOf(muted),
    }
  })()

const nothing: Page = { limit: 0, offset: 0 }

type State = { readonly findingNo: number } & (
  | { readonly state: "acknowledged" | "muted" }
  | { readonly state: "waiting"; readonly attention: Attention }
)

interface Decided {
  readonly findingId: string
  readonly findingNo: number
  readonly targetCount: number
  readonly attackerCount: number
  readonly change: "acknowledged" | "muted" | "unmuted"
  readonly at: number
  readonly until: number | null
  readonly ordinal: number
}

/** The state of each finding that somebody has decided about. */
const triaged = (db: Database, now: number): ReadonlyMap<string, State> => {
  const decided = db
    .prepare<[], Decided>(
      `SELECT finding_id AS findingId, finding_no AS findingNo, target_count AS targetCount,
              attacker_count AS attackerCount, change, decided_at AS at, until, ordinal
         FROM finding_triage CROSS JOIN findings USING (finding_id)
        WHERE change IN ('acknowledged', 'muted', 'unmuted') AND version > 0 ORDER BY finding_id, position`,
    )
    .all()
  const lastChange = db.prepare<[number], Announced>(
    `SELECT ordinal, target_count AS targetCount, attacker_count AS attackerCount
       FROM finding_history WHERE finding_no = ? ORDER BY version DESC LIMIT 1`,
  )
  const changeAt = db.prepare<[number, number], Announced>(
    `SELECT ordinal, target_count AS targetCount, attacker_count AS attackerCount
       FROM finding_history WHERE finding_no = ? AND ordinal <= ? ORDER BY version DESC LIMIT 1`,
  )
  const newPlaces = (column: "decky" | "service") =>
    db
      .prepare<[number, number], string>(
        `SELECT ${column} FROM finding_targets JOIN targets USING (target_no)
          WHERE finding_no = ? AND ${column === "service" ? `service <> '${unknownService}'` : "TRUE"}
          GROUP BY ${column} HAVING min(since) > ? ORDER BY min(since), ${column}`,
      )
      .pluck()
  const newDeckies = newPlaces("decky")
  const newServices = newPlaces("service")

  const muteOf = (decisions: ReadonlyArray<Decided>): State | undefined => {
    const last = decisions.findLast(({ change }) => change !== "acknowledged")
    if (last?.change !== "muted") return undefined
    const { findingNo } = last
    const since = timestampFromMicros(last.at)
    if (last.until !== null && last.until <= now) {
      const attention = { why: "unmuted", since: timestampFromMicros(last.until) } as const
      return { findingNo, state: "waiting", attention }
    }
    const deckies = newDeckies.all(findingNo, last.ordinal)
    const services = newServices.all(findingNo, last.ordinal)
    return deckies.length + services.length === 0
      ? { findingNo, state: "muted" }
      : { findingNo, state: "waiting", attention: { why: "spread", since, deckies, services } }
  }

  const acknowledgementOf = (decisions: ReadonlyArray<Decided>): State | undefined => {
    const last = decisions.findLast(({ change }) => change === "acknowledged")
    if (last === undefined) return undefined
    const { findingNo } = last
    if ((lastChange.get(findingNo)?.ordinal ?? 0) <= last.ordinal) {
      return { findingNo, state: "acknowledged" }
    }
    const then = changeAt.get(findingNo, last.ordinal)
    return {
      findingNo,
      state: "waiting",
      attention: {
        why: "changed",
        since: timestampFromMicros(last.at),
        addedTargetCount: last.targetCount - (then?.targetCount ?? 0),
        addedAttackerCount: last.attackerCount - (then?.attackerCount ?? 0),
      },
    }
  }

  // Being left out comes first; of two reasons for a look, the mute's says more.
  const stateOf = (decisions: ReadonlyArray<Decided>): State | undefined => {
    const mute = muteOf(decisions)
    const acknowledgement = acknowledgementOf(decisions)
    return acknowledgement?.state === "acknowledged" ? acknowledgement : (mute ?? acknowledgement)
  }
  const states = new Map<string, State>()
  for (const [id, decisions] of Map.groupBy(decided, ({ findingId }) => findingId)) {
    const state = stateOf(decisions)
    if (state !== undefined) states.set(id, state)
  }
  return states
}

interface Announced {
  readonly ordinal: number
  readonly targetCount: number
  readonly attackerCount: number
}
