import * as Effect from "effect/Effect"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import { quarantinesOf } from "../../../projections/quarantine.ts"
import { projectedTypes, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../../readmodel/ReadModel.ts"
import { type Check, ok, warning } from "./Check.ts"

const check = "folding"

/** Whether the read models have taken in what is in the log, all of it. */
export const foldingCheck: Effect.Effect<
  Check,
  EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> = Effect.gen(function* () {
  const readModel = yield* ReadModel
  const { position, quarantined } = yield* readModel.attempt("inspect the file", (database) => ({
    position: readCheckpoint(database, reuseProjectionName).position,
    quarantined: quarantinesOf(database, reuseProjectionName).length,
  }))
  const gap = yield* EventLog.use((log) => log.gap(position, projectedTypes))
  if (gap > 0) {
    return warning(
      check,
      `the read models are ${gap} events behind the log`,
      "credtrail ingest or run brings them up to date, or reports what blocks it",
    )
  }
  if (quarantined > 0) {
    return warning(
      check,
      `quarantined reuse keys, whose findings do not grow: ${quarantined}`,
      "credtrail dead-letters shows why; once fixed, run credtrail dead-letters retry",
    )
  }
  return ok(check, "the read models are up to date")
})
