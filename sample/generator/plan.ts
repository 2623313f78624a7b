import { actorsOf } from "./actors.ts"
import { fleetOf } from "./fleet.ts"
import { mix, Random } from "./random.ts"
import type { Session } from "./Session.ts"
import { sessionsOf } from "./sessions.ts"
import { TimeOrdered } from "./TimeOrdered.ts"
import { day, minute, second } from "./times.ts"

/** What to make: so many captures on so many deckies over so many days. */
export interface SampleOptions {
  readonly seed: number
  readonly captures: number
  readonly deckies: number
  readonly days: number
}

/** What the bundled sample is made from. */
export const defaultOptions: SampleOptions = { seed: 76, captures: 3000, deckies: 6, days: 5 }

/** Midnight before the first day of every plan: 2026-03-02, a Monday. */
const planStart = Date.UTC(2026, 2, 2) * 1000

// Enough that every slice has some of everybody, few enough to be held in memory.
const sliceAttempts = 1000
// A visit may go on for this long after it began; none goes on past the last midnight.
const longestVisit = 45 * minute

/**
 * All sessions in the order of their start, with exactly `captures` attempts among them. Made a
 * slice of the period at a time: what is held in memory does not grow with the plan.
 */
export function* planSessions(options: SampleOptions): Generator<Session, void> {
  const { seed, captures, deckies, days } = options
  const random = new Random(mix(seed, 0))
  const sensors = fleetOf(deckies)
  let reserved = 0
  const reserve = (addresses: number): number => {
    reserved += addresses
    return reserved - addresses
  }
  const actors = actorsOf({ seed, captures, days, sensors, reserve }, deckies)
  const visitsPerAttempt = actors.map(({ share, size }) => share / size)
  const allVisits = visitsPerAttempt.reduce((sum, visits) => sum + visits, 0)
  const waiting = new TimeOrdered<Session>()

  const slices = Math.max(1, Math.ceil(captures / sliceAttempts))
  let planned = 0
  for (let slice = 0; slice < slices; slice++) {
    const until = Math.round(((slice + 1) / slices) * captures)
    while (planned < until) {
      let left = random.fraction() * allVisits
      const actor = actors.find((_, index) => {
        left -= visitsPerAttempt[index] ?? 0
        return left < 0
      })
      if (actor === undefined) continue
      const progress = (slice + random.fraction()) / slices
      const visit = actor.visit(progress, random)
      const credentials = visit.credentials.slice(0, captures - planned)
      planned += credentials.length
      const start = timeOf(progress, days)
      for (const session of sessionsOf({ ...visit, credentials }, start, random)) {
        waiting.push(session.start, session)
      }
    }
    // To the whole second, as some sensors tell no more: what the next slice brings is not before.
    const next = timeOf((slice + 1) / slices, days)
    const sliceEnd = slice + 1 === slices ? Infinity : next - (next % second)
    for (let session = waiting.popBefore(sliceEnd); session; session = waiting.popBefore(sliceEnd))
      yield session
  }
}

/**
 * The time of a part of the period: quiet nights and busy middays. Only arithmetic that gives the
 * same bits on every machine.
 */
const timeOf = (progress: number, days: number): number => {
  const ofDay = (progress * days) % 1
  const wave = (0.5 * ofDay * (1 - ofDay) * (1 - 2 * ofDay)) / days
  return planStart + Math.floor((progress + wave) * (days * day - longestVisit))
}
