import * as Effect from "effect/Effect"
import { beginning } from "../../../domain/event/position.ts"
import { readCheckpoint, readEventCount } from "../../../projections/checkpoint.ts"
import { projectedTypes, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { attemptReadModel, openReadModelFile } from "../ReadModel.ts"

/**
 * The number of events to fold: those that the read models in a file have folded, plus newer ones. Only
 * the newer ones are counted in the log, because a server has to read events to count them.
 */
export const expectedEvents = Effect.fnUntraced(function* (
  file: string,
): Effect.fn.Return<number, EventLogUnavailable, EventLog> {
  const { position, folded } = yield* attemptReadModel("read how far they have come", () => {
    const database = openReadModelFile({ file, mode: "read-only" })
    try {
      return {
        position: readCheckpoint(database, reuseProjectionName).position,
        folded: readEventCount(database, reuseProjectionName),
      }
    } finally {
      database.close()
    }
    // If they are missing or of an older version, count everything.
  }).pipe(Effect.catch(() => Effect.succeed({ position: beginning, folded: 0 })))
  const log = yield* EventLog
  return folded + (yield* log.gap(position, projectedTypes))
})
