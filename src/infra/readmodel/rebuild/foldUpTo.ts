import * as Effect from "effect/Effect"
import type { PoisonEvent } from "../../../domain/event/codec.ts"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import type { Position } from "../../../domain/event/position.ts"
import { readCheckpoint } from "../../../projections/checkpoint.ts"
import type { Projection } from "../../../projections/Projection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { projectionBatch } from "../catchUp.ts"
import { type CheckpointMoved, commitBatch } from "../commitBatch.ts"
import type { Decisions, OnPoison } from "../DecodedBatch.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "../ReadModel.ts"

/** How far a fold of history has come. */
export interface FoldProgress {
  readonly position: Position
  /** Events folded so far by this call. */
  readonly events: number
}

export interface FoldOptions {
  /** The last position that is folded; by default the end of the log when it is reached. */
  readonly to?: Position
  readonly onPoison: OnPoison
  /** What the live read models did about poison events: the same is done here. */
  readonly decisions?: Decisions
  /** Told after every batch. */
  readonly onProgress?: (progress: FoldProgress) => Effect.Effect<void>
  /** Told which events are about to be folded. */
  readonly onEvents?: (events: ReadonlyArray<RecordedEvent>) => void
}

/**
 * Folds the log from the checkpoint of a projection up to exactly a position, and ends. Answers
 * how many events that were. For generations that are being made: nobody else writes to them.
 */
export const foldUpTo = Effect.fn("foldUpTo")(function* (
  projection: Projection,
  options: FoldOptions,
): Effect.fn.Return<
  number,
  CheckpointMoved | GenerationMoved | PoisonEvent | EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const log = yield* EventLog
  const readModel = yield* ReadModel
  const { to } = options
  let checkpoint = yield* readModel.attempt("read the checkpoint", (database) => {
    projection.forget()
    return readCheckpoint(database, projection.name)
  })
  let folded = 0
  while (to === undefined || checkpoint.position < to) {
    const page = yield* log.readAll({
      direction: "forwards",
      from: checkpoint.position,
      limit: projectionBatch,
      types: projection.types,
    })
    const beyond = to === undefined ? -1 : page.findIndex(({ position }) => position > to)
    const events = beyond === -1 ? page : page.slice(0, beyond)
    if (events.length === 0) break
    options.onEvents?.(events)
    checkpoint = yield* commitBatch(
      projection,
      checkpoint,
      events,
      options.onPoison,
      options.decisions,
    )
    folded += events.length
    yield* options.onProgress?.({ position: checkpoint.position, events: folded }) ?? Effect.void
    if (beyond !== -1 || page.length < projectionBatch) break
    // Folding waits for nothing: without this, a signal to stop would be heard at the end.
    yield* Effect.yieldNow
  }
  return folded
})
