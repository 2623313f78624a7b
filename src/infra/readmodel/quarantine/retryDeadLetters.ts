import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type { DecodedEvent } from "../../../domain/event/events.ts"
import { findingId } from "../../../domain/event/ids.ts"
import { moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import { type DeadLetter, quarantinesOf } from "../../../projections/deadLetters.ts"
import type { Projection } from "../../../projections/Projection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "../ReadModel.ts"

/**
 * Folds the dead letters of a projection that were skipped and can be folded now, and answers how
 * many those were. Those of a key in quarantine wait until it is released. They are folded after
 * everything that came later; counts, times and pairs come out the same. A letter that somebody
 * else has retried in the meantime is left alone.
 */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* (
  projection: Projection,
  letters: ReadonlyArray<DeadLetter>,
): Effect.fn.Return<
  number,
  EventLogUnavailable | GenerationMoved | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const readModel = yield* ReadModel
  const decoded = yield* decodable(
    letters.filter((letter) => letter.projection === projection.name && letter.findingId === null),
  )
  return yield* readModel
    .commit("retry dead letters", (database) => {
      projection.forget()
      const mark = database.prepare(
        "UPDATE dead_letters SET retried = 1 WHERE projection = ? AND event_id = ? AND retried = 0",
      )
      const inQuarantine = new Set(
        quarantinesOf(database, projection.name).map((quarantine) => quarantine.findingId),
      )
      const waiting = decoded.filter((event) => {
        const key = projection.keyOf?.(event)
        if (key !== undefined && inQuarantine.has(findingId(key))) return false
        return mark.run(projection.name, event.recorded.id).changes === 1
      })
      if (waiting.length === 0) return 0
      const at = readCheckpoint(database, projection.name)
      // Not to move it, but to let whoever projects too know that the rows have changed.
      moveCheckpoint(database, projection.name, at, at.position, 0)
      projection.apply(waiting)
      return waiting.length
    })
    // The events were old: what the projection remembers of them may not be what is in force.
    .pipe(Effect.ensuring(Effect.ignore(readModel.attempt("forget", projection.forget))))
})

/** The letters' events, read again, as far as they decode now. */
const decodable = Effect.fnUntraced(function* (
  letters: ReadonlyArray<DeadLetter>,
): Effect.fn.Return<ReadonlyArray<DecodedEvent>, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const events: Array<DecodedEvent> = []
  for (const { stream, revision, retried } of letters) {
    if (retried) continue
    const [recorded] = yield* log.readStream(stream, {
      direction: "forwards",
      from: revision,
      limit: 1,
    })
    const decoded = recorded === undefined ? undefined : decodeEvent(recorded)
    if (decoded !== undefined && Result.isSuccess(decoded) && decoded.success !== undefined) {
      events.push(decoded.success)
    }
  }
  return events
})
