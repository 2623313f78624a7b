import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import { readCheckpoint } from "../../projections/checkpoint.ts"
import { asOf } from "../../projections/past/asOf.ts"
import type { Cut } from "../../projections/past/Cut.ts"
import { quarantinesOf } from "../../projections/quarantine.ts"
import { projectedTypes, reuseProjectionName } from "../../projections/reuse/reuseProjection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askIfThere, LogAvailability } from "../eventlog/LogAvailability.ts"
import { isOlder, ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import type { Answer, UsageError } from "./Answer.ts"
import { type Moment, resolveMoment } from "./moment.ts"

/** Queries the read models about the present or a moment of the past; warns if they are behind. */
export const askReadModels = Effect.fnUntraced(function* <A>(
  query: (database: Database) => A,
  moment?: Moment | undefined,
): Effect.fn.Return<
  Answer<A>,
  ReadModelUnavailable | EventLogUnavailable | UsageError,
  EventLog | LogAvailability | ReadModel
> {
  const warnings = yield* readModelWarnings
  const readModel = yield* ReadModel
  if (moment === undefined)
    return { answer: yield* readModel.attempt("query the read models", query), warnings }
  const cutIn = yield* resolveMoment(moment)
  const { answer, cut } = yield* readModel.attempt("query the read models", (database) => {
    const cut = cutIn(database)
    return { answer: asOf(database, cut, query), cut }
  })
  return { answer, warnings: [...warnings, ...nothingYetWarning(moment, cut)] }
})

/** A time before everything recorded: mostly the other of the two times is meant. */
export const nothingYetWarning = (moment: Moment, cut: Cut): ReadonlyArray<string> =>
  "time" in moment && cut.by === "recorded-time" && cut.ordinal === 0
    ? ["nothing had been recorded by then; use --by event-time to ask what had happened by then"]
    : []

/** How many findings in quarantine are named. */
const maxQuarantinesNamed = 3

/** Whether the read models are behind the log, made by an older version, or in part quarantined. */
export const readModelWarnings = Effect.gen(function* () {
  const warnings: Array<string> = []
  const readModel = yield* ReadModel
  const log = yield* EventLog
  if (yield* readModel.attempt("read the version of the read models", isOlder)) {
    warnings.push(
      "the read models were built by an older version of credtrail, so this answer is its view of the log. The next credtrail run, ingest or rebuild rebuilds them; credtrail status shows the progress",
    )
  }
  const { position } = yield* readModel.attempt("read a checkpoint", (database) =>
    readCheckpoint(database, reuseProjectionName),
  )
  const gap = yield* askIfThere(log.gap(position, projectedTypes))
  if (gap === undefined) {
    warnings.push(yield* logAwayWarning)
  } else if (gap > 0) {
    warnings.push(
      `the read models are ${gap} events behind the log; credtrail status shows whether a service is catching up, and credtrail ingest or run brings them up to date`,
    )
  }
  const quarantines = yield* readModel.attempt("read the quarantine", (database) =>
    quarantinesOf(database, reuseProjectionName),
  )
  for (const { findingId, since } of quarantines.slice(0, maxQuarantinesNamed)) {
    warnings.push(
      `finding ${findingId} is quarantined: it includes nothing after position ${since}; credtrail dead-letters shows why`,
    )
  }
  if (quarantines.length > maxQuarantinesNamed) {
    warnings.push(`${quarantines.length - maxQuarantinesNamed} more findings are quarantined`)
  }
  return warnings
})

/** The log cannot be asked now, so an answer is only what had been read from it before. */
export const logAwayWarning: Effect.Effect<string, never, LogAvailability> =
  LogAvailability.useSync(
    ({ away }) =>
      `cannot reach the event log's server: this answer is from what was read earlier${away === undefined ? "" : ` (${away})`}`,
  )
