import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../domain/codec.ts"
import type { DecodedEvent } from "../../domain/events.ts"
import { moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import type { Projection } from "../../projections/Projection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { CheckpointMoved } from "./commitBatch.ts"
import { ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

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
 */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* (
  projection: Projection,
  letters: ReadonlyArray<DeadLetter>,
): Effect.fn.Return<
  number,
  CheckpointMoved | EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const log = yield* EventLog
  const readModel = yield* ReadModel
  const folded: Array<DecodedEvent> = []
  for (const { stream, revision } of letters.filter(({ retried }) => !retried)) {
    const [recorded] = yield* log.readStream(stream, {
      direction: "forwards",
      from: revision,
      limit: 1,
    })
    const decoded = recorded === undefined ? undefined : decodeEvent(recorded)
    if (decoded !== undefined && Result.isSuccess(decoded) && decoded.success !== undefined) {
      folded.push(decoded.success)
    }
  }
  if (folded.length === 0) return 0
  const committed = yield* readModel.attempt("retry dead letters", (database) =>
    database
      .transaction(() => {
        projection.forget()
        const at = readCheckpoint(database, projection.name)
        if (!moveCheckpoint(database, projection.name, at, at.position, 0)) return false
        projection.apply(folded)
        const mark = database.prepare(
          "UPDATE dead_letters SET retried = 1 WHERE projection = ? AND position = ?",
        )
        for (const { recorded } of folded) mark.run(projection.name, recorded.position)
        return true
      })
      .immediate(),
  )
  if (committed) return folded.length
  return yield* new CheckpointMoved({ projection: projection.name, expected: "", actual: "" })
})
