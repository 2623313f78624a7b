import type { Database } from "better-sqlite3"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { readCheckpoint } from "../../projections/checkpoint.ts"
import { quarantinesOf } from "../../projections/deadLetters.ts"
import { asOf } from "../../projections/past/asOf.ts"
import type { Cut } from "../../projections/past/Cut.ts"
import { projectedTypes, reuseProjectionName } from "../../projections/reuse/reuseProjection.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { askIfThere, warnCannotBeAsked } from "../eventlog/LogPresence.ts"
import { isOlder, ReadModel } from "../readmodel/ReadModel.ts"
import { cutOf, type Moment } from "./moment.ts"
import { Storage } from "./Storage.ts"

/**
 * Asks the read models something, about the present or a moment of the past; says so on standard
 * error if they are behind the log.
 */
export const askReadModels = Effect.fnUntraced(function* <A>(
  data: string,
  ask: (database: Database) => A,
  moment?: Moment | undefined,
) {
  const storage = yield* Storage
  return yield* Effect.gen(function* () {
    yield* warnIfBehind
    const readModel = yield* ReadModel
    if (moment === undefined) return yield* readModel.attempt("be asked", ask)
    const cutIn = yield* cutOf(moment)
    const { answer, cut } = yield* readModel.attempt("be asked", (database) => {
      const cut = cutIn(database)
      return { answer: asOf(database, cut, ask), cut }
    })
    yield* warnIfNothingYet(moment, cut)
    return answer
  }).pipe(Effect.provide(storage.open(data, "read-only")))
})

/** Says on standard error that a time lies before everything recorded: mostly the other time is meant. */
export const warnIfNothingYet = (moment: Moment, cut: Cut): Effect.Effect<void> =>
  "time" in moment && cut.by === "recorded-time" && cut.ordinal === 0
    ? Console.error(
        "warning: nothing had been recorded by then; --by event-time asks what had happened by then",
      )
    : Effect.void

/** The most findings in quarantine that are named. */
const warnedOf = 3

/** Says on standard error if the read models are behind the log, or stand still in a part. */
export const warnIfBehind = Effect.gen(function* () {
  const readModel = yield* ReadModel
  const log = yield* EventLog
  if (yield* readModel.attempt("read their version", isOlder)) {
    yield* Console.error(
      "warning: an older version of credtrail has made the read models: this is what it has made of the log. The next credtrail run, ingest or rebuild builds them anew; credtrail status shows whether that is under way",
    )
  }
  const { position } = yield* readModel.attempt("read a checkpoint", (database) =>
    readCheckpoint(database, reuseProjectionName),
  )
  const gap = yield* askIfThere(log.gap(position, projectedTypes))
  if (gap === undefined) {
    yield* warnCannotBeAsked
  } else if (gap > 0) {
    yield* Console.error(
      `warning: the read models are ${gap} events behind the log; credtrail status says whether a service is at it, credtrail ingest or run brings them up to date or says what stands in the way`,
    )
  }
  const quarantines = yield* readModel.attempt("look at the quarantine", (database) =>
    quarantinesOf(database, reuseProjectionName),
  )
  for (const { findingId, since } of quarantines.slice(0, warnedOf)) {
    yield* Console.error(
      `warning: finding ${findingId} is in quarantine: nothing after position ${since} is in it; credtrail dead-letters says why`,
    )
  }
  if (quarantines.length > warnedOf) {
    yield* Console.error(
      `warning: ${quarantines.length - warnedOf} more findings are in quarantine`,
    )
  }
})
