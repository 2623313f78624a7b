import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { DecodedEvent } from "../../../domain/event/events.ts"
import { findingId } from "../../../domain/event/ids.ts"
import { moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import { type DeadLetter, markRetried } from "../../../projections/deadLetters.ts"
import { inQuarantine } from "../../../projections/quarantine.ts"
import type { EventLog, EventLogUnavailable } from "../../eventlog/EventLog.ts"
import type { Sink } from "../project.ts"
import type { ReadModelUnavailable } from "../ReadModel.ts"
import { decodeDeadLetter } from "./decodeDeadLetter.ts"

/**
 * Folds the dead letters of a projection that were skipped and can be folded now. Returns how many
 * those were. Those of a key in quarantine wait until it is released. They are folded after
 * everything that came later; counts, times and pairs come out the same. A dead letter that somebody
 * else has retried in the meantime is left alone.
 */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* (
  sink: Sink<ReadModelUnavailable>,
  deadLetters: ReadonlyArray<DeadLetter>,
): Effect.fn.Return<number, EventLogUnavailable | ReadModelUnavailable, EventLog> {
  const foldable: Array<{ readonly deadLetter: DeadLetter; readonly event: DecodedEvent }> = []
  for (const deadLetter of deadLetters) {
    const isSkipped = deadLetter.findingId === null && !deadLetter.retried
    if (deadLetter.projection !== sink.name || !isSkipped) continue
    const decoded = yield* decodeDeadLetter(deadLetter)
    const event = Result.getOrUndefined(decoded)
    if (event !== undefined) foldable.push({ deadLetter, event })
  }
  sink.forget()
  return yield* sink
    .commit("retry dead letters", (database, open) => {
      const isHeld = inQuarantine(database)
      const events = foldable.flatMap(({ deadLetter, event }) => {
        const key = sink.keyOf?.(event)
        if (key !== undefined && isHeld(findingId(key))) return []
        return markRetried(database, deadLetter) ? [event] : []
      })
      if (events.length === 0) return 0
      const at = readCheckpoint(database, sink.name)
      // Not to move it, but to let whoever projects too know that the rows have changed.
      moveCheckpoint(database, sink.name, at, at.position, 0)
      open().apply(events, (reason) => {
        throw new Error(`a projection with reuse keys has refused an event: ${reason}`)
      })
      return events.length
    })
    // The events were old: what the projection remembers of them may not be what is in force.
    .pipe(Effect.ensuring(Effect.sync(sink.forget)))
})
