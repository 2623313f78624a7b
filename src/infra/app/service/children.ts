import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { Child, Signal } from "../../../actors/Child.ts"
import { projectionChild } from "../../../actors/projection.ts"
import type { OnPoison } from "../../../projections/foldBatch.ts"
import { reuseProjection, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { projectionBatch } from "../../readmodel/catchUp.ts"
import { project, readModelSink } from "../../readmodel/project.ts"
import { ReadModel } from "../../readmodel/ReadModel.ts"
import { relayOutbox } from "../../readmodel/relayOutbox.ts"
import { toFailure, type WorkError } from "./failureClass.ts"

/** How long the relay waits before it looks into the outbox unasked: other processes write to it too. */
const unaskedLook = "250 millis"

/** The children that keep the read models up to date and announce what they find. */
export const readModelChildren = Effect.fnUntraced(function* (
  onPoison: OnPoison,
): Effect.fn.Return<ReadonlyArray<Child>, never, EventLog | ReadModel> {
  const context = yield* Effect.context<EventLog | ReadModel>()
  const sink = readModelSink(yield* ReadModel, reuseProjection("announcing"))
  const written = yield* Latch.make(true)

  const findings = projectionChild(reuseProjectionName, (folded) =>
    project(sink, {
      onPoison,
      until: "interrupted",
      batchSize: projectionBatch,
      onDelivery: (batch) =>
        Effect.andThen(folded(batch), batch.events > 0 ? written.open : Effect.void),
    }).pipe(Effect.mapError(toFailure), Effect.provideContext(context)),
  )

  const relay: Child = {
    name: "relay",
    kind: "relay",
    work: (signal) =>
      Effect.gen(function* () {
        while (true) {
          // Closed before looking: what is written meanwhile opens it again.
          yield* written.close
          const relayed = yield* relayOutbox
          if (relayed > 0) signal({ type: "progress", events: relayed })
          signal({ type: "caughtUp" })
          yield* written.await.pipe(Effect.timeoutOption(unaskedLook))
        }
      }).pipe(Effect.mapError(toFailure), Effect.provideContext(context)),
  }

  return [findings, relay]
})

/**
 * The child that reads one source. A service is `patient`: it waits until a full disk has space
 * again. A command that somebody waits for fails at once, except where another process holds a lock.
 */
export const sourceChild = (
  name: string,
  patient: boolean,
  ingest: (signal: (signal: Signal) => void) => Effect.Effect<void, WorkError>,
): Child => ({
  name: `ingest ${name}`,
  kind: "ingest",
  work: (signal) =>
    Effect.mapError(ingest(signal), (error) =>
      patient || ("kind" in error && error.kind === "busy")
        ? toFailure(error)
        : { ...toFailure(error), class: "fatal" as const },
    ),
})
