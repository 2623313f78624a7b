import * as Effect from "effect/Effect"
import type { PoisonEvent } from "../../domain/event/codec.ts"
import { makeReuseProjection } from "../../projections/reuse/reuseProjection.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { OnPoison } from "./DecodedBatch.ts"
import { onCurrentGeneration } from "./onCurrentGeneration.ts"
import { project } from "./project.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"
import { type RelayDiverged, relayOutbox } from "./relayOutbox.ts"

/** How many events a projection folds in one transaction while it has history to catch up with. */
export const projectionBatch = 10_000

/**
 * Brings the read models up to date with the log and the log up to date with what they announce,
 * once: for commands that append something and end, whether or not a daemon is running too.
 */
export const catchUp = Effect.fn("catchUp")(
  (
    onPoison: OnPoison,
  ): Effect.Effect<
    void,
    PoisonEvent | EventLogUnavailable | ReadModelUnavailable | RelayDiverged,
    EventLog | ReadModel
  > => onCurrentGeneration(catchUpOnce(onPoison)),
)

const catchUpOnce = Effect.fnUntraced(function* (
  onPoison: OnPoison,
): Effect.fn.Return<
  void,
  PoisonEvent | EventLogUnavailable | GenerationMoved | ReadModelUnavailable | RelayDiverged,
  EventLog | ReadModel
> {
  const { database } = yield* ReadModel
  const projection = makeReuseProjection(database, "announcing")
  const projected: Effect.Effect<
    void,
    PoisonEvent | EventLogUnavailable | GenerationMoved | ReadModelUnavailable,
    EventLog | ReadModel
  > = project(projection, {
    onPoison,
    until: "caught-up",
    batchSize: projectionBatch,
    onDelivery: () => Effect.void,
  }).pipe(Effect.catchTag("CheckpointMoved", () => projected))
  // What was folded before a poison event is to be announced like anything else.
  yield* projected.pipe(Effect.tapErrorTag("PoisonEvent", () => relayOutbox))
  yield* relayOutbox
})
