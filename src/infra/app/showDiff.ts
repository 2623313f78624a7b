import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import { type Cut, cutAtPosition } from "../../projections/past/Cut.ts"
import { type FindingsBetween, findingsBetween } from "../../projections/queries/findingsBetween.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { UsageError } from "./Answer.ts"
import { nothingYetWarning, readModelWarnings } from "./askReadModels.ts"
import { type Moment, now, parseMoment, resolveMoment } from "./moment.ts"

interface DiffInput extends Page {
  readonly from: string
  /** May be `now`. */
  readonly to: string
  readonly by: Cut["by"]
}

interface DiffQuery extends Page {
  readonly compared: Compared
  readonly from: Moment
  readonly to: Moment
}

/** What is compared: two moments as somebody wrote them, and by which time they are meant. */
export interface Compared {
  readonly from: string
  readonly to: string
  readonly by: Cut["by"]
}

/** The answer of `credtrail findings diff --json`. */
export type FindingsDiff = Compared & FindingsBetween

/** Checks between which moments findings are to be compared; fails with a `UsageError`. */
export const parseDiffQuery = Effect.fnUntraced(function* (input: DiffInput) {
  const { by, limit, offset } = input
  const compared: Compared = { from: input.from, to: input.to, by }
  const from = yield* parseMoment("--from", input.from, by, "000000")
  const end = input.to === present ? yield* now : input.to
  const to = yield* parseMoment("--to", end, by, "235959")
  // Two times are compared as such: as far as the log goes, both may mean the same place.
  if ("time" in from && "time" in to && to.time < from.time) return yield* backwards(compared)
  return { compared, from, to, limit, offset }
})

const present = "now"

const backwards = ({ from, to }: Compared): UsageError =>
  new UsageError({ message: `--to ${to} lies before --from ${from}` })

/** Shows what became of findings between two moments. The page applies to each kind. */
export const showDiff = Effect.fn("showDiff")(function* (query: DiffQuery) {
  const { compared, from, to, ...page } = query
  const warnings = yield* readModelWarnings
  const readModel = yield* ReadModel
  const log = yield* EventLog
  const { head } = yield* log.health
  const start = yield* resolveMoment(from)
  const end =
    compared.to === present && compared.by === "recorded-time"
      ? (database: Database) => cutAtPosition(database, head)
      : yield* resolveMoment(to)
  const found = yield* readModel.attempt("query the read models", (database) => {
    const cuts = [start(database), end(database)] as const
    if (!isBefore(...cuts)) return undefined
    return { between: findingsBetween(database, ...cuts, page), end: cuts[1] }
  })
  if (found === undefined) return yield* backwards(compared)
  const answer: FindingsDiff = { ...compared, ...found.between }
  return { answer, warnings: [...warnings, ...nothingYetWarning(to, found.end)] }
})

const isBefore = (from: Cut, to: Cut): boolean =>
  from.by === "event-time"
    ? to.by === "event-time" && from.time <= to.time
    : to.by === "recorded-time" && from.ordinal <= to.ordinal
