import * as Effect from "effect/Effect"
import type { PoisonEvent } from "../../domain/event/codec.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import { reuseProjection } from "../../projections/reuse/reuseProjection.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { project, readModelSink } from "./project.ts"
import { ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"
import { type RelayDiverged, relayOutbox } from "./relayOutbox.ts"

/** How many events a projection folds in one transaction while it has history to catch up with. */
export const projectionBatch = 10_000

/**
 * Brings the read models up to date with the log and the log up to date with what they announce,
 * once: for commands that append something and end, whether or not a daemon is running too.
 */
export const catchUp = Effect.fn("catchUp")(function* (
  onPoison: OnPoison,
): Effect.fn.Return<
  void,
  PoisonEvent | EventLogUnavailable | ReadModelUnavailable | RelayDiverged,
  EventLog | ReadModel
> {
  const sink = readModelSink(yield* ReadModel, reuseProjection("announcing"))
  yield* project(sink, { onPoison, until: "caught-up", batchSize: projectionBatch }).pipe(
    Effect.retry({ while: ({ _tag }) => _tag === "CheckpointMoved" }),
    Effect.catchTag("CheckpointMoved", Effect.die), // retried for ever
    // What was folded before a poison event is to be announced like anything else.
    Effect.tapErrorTag("PoisonEvent", () => relayOutbox),
  )
  yield* relayOutbox
})
