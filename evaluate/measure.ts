import type { Ranking } from "./neighbours.ts"
import type { EvaluatedSession } from "./readSessions.ts"

/** How well a ranking finds sessions of the same label. Each is a mean over the sessions asked about. */
export interface Measured {
  /** The labelled sessions asked about: those with others of their label among the candidates. */
  readonly asked: number
  /** The share of the same label among all candidates: what guessing gives. */
  readonly baseRate: number
  /** The share of the same label among the first ten. */
  readonly precision: number
  /** The share of the others of the label that are among as many first ones as there are of them. */
  readonly recall: number
}

/** So many sessions are asked about at most, evenly spread over those that could be. */
const mostAsked = 60

/** Neighbours are looked for among sessions from other addresses: one address is no discovery. */
export const measure = (
  sessions: ReadonlyArray<EvaluatedSession>,
  isCandidate: (session: EvaluatedSession) => boolean,
  ranking: Ranking,
): Measured => {
  let [asked, baseRate, precision, recall] = [0, 0, 0, 0]
  const possible = sessions.filter(isCandidate)
  const labelled = possible.filter(({ label }) => label !== undefined)
  for (const session of spread(labelled, mostAsked)) {
    const { label, attackerIp } = session
    const candidates = possible.filter((other) => other.attackerIp !== attackerIp)
    const same = candidates.filter((other) => other.label === label).length
    if (same === 0) continue
    const ranked = ranking(session, candidates)
    const hits = (first: number) =>
      ranked.slice(0, first).filter((other) => other.label === label).length
    asked++
    baseRate += same / candidates.length
    precision += hits(10) / Math.min(10, candidates.length)
    recall += hits(same) / same
  }
  const mean = (sum: number) => (asked === 0 ? Number.NaN : sum / asked)
  return {
    asked,
    baseRate: mean(baseRate),
    precision: mean(precision),
    recall: mean(recall),
  }
}

const spread = <A>(all: ReadonlyArray<A>, most: number): ReadonlyArray<A> => {
  if (all.length <= most) return all
  const places = Array.from({ length: most }, (_, n) => Math.floor((n * all.length) / most))
  return places.flatMap((place) => all[place] ?? [])
}
