import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../domain/codec.ts"
import type { DecodedEvent } from "../../domain/events.ts"
import { moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import type { Projection } from "../../projections/Projection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

/** An event that a projection has set aside. */
export interface DeadLetter {
  readonly projection: string
  readonly position: string
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly reason: string
  /** Whether it has been folded after all. */
  readonly retried: boolean
}

/**
 * Folds the dead letters of a projection that can be folded now, and answers how many those were.
 * They are folded after everything that came later; counts, times and pairs come out the same.
 * A letter that somebody else has retried in the meantime is left alone.
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
    letters.filter((letter) => letter.projection === projection.name),
  )
  return yield* readModel
    .commit("retry dead letters", (database) => {
      projection.forget()
      const mark = database.prepare(
        "UPDATE dead_letters SET retried = 1 WHERE projection = ? AND event_id = ? AND retried = 0",
      )
      const waiting = decoded.filter(
        ({ recorded }) => mark.run(projection.name, recorded.id).changes === 1,
      )
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
