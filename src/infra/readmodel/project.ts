import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { PoisonEvent } from "../../domain/event/codec.ts"
import type { Position } from "../../domain/event/position.ts"
import { readCheckpoint } from "../../projections/checkpoint.ts"
import type { Projection } from "../../projections/Projection.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { type CheckpointMoved, commitBatch } from "./commitBatch.ts"
import type { Decisions, OnPoison } from "./DecodedBatch.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

export interface ProjectOptions {
  readonly onPoison: OnPoison
  /** What has been decided before about events that cannot be folded; goes before `onPoison`. */
  readonly decisions?: Decisions
  /** Whether to end once there is nothing more, or to stay and take what comes. */
  readonly until: "caught-up" | "interrupted"
  /** The most events folded in one transaction. */
  readonly batchSize: number
  /** Told after every delivery: how far it is, and whether that is all there is. */
  readonly onDelivery: (state: {
    readonly position: Position
    readonly events: number
    readonly caughtUp: boolean
  }) => Effect.Effect<void>
}

/**
 * Brings a projection up to date with the log, from its checkpoint on, and keeps it there.
 * Fails when somebody else moves the checkpoint; starting again from there is then the answer.
 */
export const project = Effect.fn("project")(function* (
  projection: Projection,
  options: ProjectOptions,
): Effect.fn.Return<
  void,
  CheckpointMoved | GenerationMoved | PoisonEvent | EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const log = yield* EventLog
  const readModel = yield* ReadModel
  let checkpoint = yield* readModel.attempt("read the checkpoint", (database) =>
    // One snapshot: what the projection remembers from now on must not be older than this.
    database.transaction(() => {
      projection.forget()
      return readCheckpoint(database, projection.name)
    })(),
  )
  const deliveries = log.subscribe({
    after: checkpoint.position,
    types: projection.types,
    batchSize: options.batchSize,
  })
  const wanted =
    options.until === "caught-up"
      ? Stream.takeUntil(deliveries, (delivery) => delivery.caughtUp)
      : deliveries
  yield* Stream.runForEach(
    wanted,
    Effect.fnUntraced(function* (delivery) {
      if (delivery.events.length > 0) {
        const { onPoison, decisions } = options
        checkpoint = yield* commitBatch(
          projection,
          checkpoint,
          delivery.events,
          onPoison,
          decisions,
        )
      }
      yield* options.onDelivery({
        position: checkpoint.position,
        events: delivery.events.length,
        caughtUp: delivery.caughtUp,
      })
    }),
  )
})
