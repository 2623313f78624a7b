import * as Effect from "effect/Effect"
import { type EventPlace, lastEvent } from "../../projections/lastEvent.ts"
import { LogMismatch, rebuildRemedy } from "../eventlog/dataDirectory.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

/**
 * Whether the log has this event at this place. If the stream has expired on a server, it is enough
 * that the log reaches that position.
 */
export const hasEventAt = Effect.fnUntraced(function* (
  place: EventPlace,
): Effect.fn.Return<boolean, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const [found] = yield* log.readStream(place.stream, {
    direction: "forwards",
    from: place.revision,
    limit: 1,
  })
  if (found?.revision === place.revision) {
    return found.id === place.id && found.position === place.position
  }
  const { layer, head } = yield* log.health
  return layer === "eventstoredb" && head >= place.position
})

/**
 * Fails if the read models were built from another log: their checkpoint is a position in one log and
 * means nothing in another.
 */
export const requireOwnLog = Effect.fnUntraced(function* (
  directory: string,
): Effect.fn.Return<
  void,
  LogMismatch | EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const readModel = yield* ReadModel
  const last = yield* readModel.attempt("read which log they were made from", lastEvent)
  if (last === undefined || (yield* hasEventAt(last))) return
  const { location } = yield* EventLog.use((log) => log.health)
  return yield* new LogMismatch({
    directory,
    reason: `its read models were built from a log other than ${location}`,
    remedy: rebuildRemedy,
  })
})
