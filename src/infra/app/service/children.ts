import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { Child } from "../../../actors/Child.ts"
import { ingestChild } from "../../../actors/ingestMachine.ts"
import { projectionChild } from "../../../actors/projectionMachine.ts"
import { relayChild } from "../../../actors/relayMachine.ts"
import type { Signal } from "../../../actors/Signal.ts"
import {
  makeReuseProjection,
  reuseProjectionName,
} from "../../../projections/reuse/reuseProjection.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { projectionBatch } from "../../readmodel/catchUp.ts"
import type { OnPoison } from "../../readmodel/DecodedBatch.ts"
import { onCurrentGeneration } from "../../readmodel/onCurrentGeneration.ts"
import { project } from "../../readmodel/project.ts"
import { ReadModel } from "../../readmodel/ReadModel.ts"
import { relayOutbox } from "../../readmodel/relayOutbox.ts"
import { failureClass } from "./failureClass.ts"

/** Every so often the outbox is looked at unasked: another process may have left something. */
const unaskedLook = "250 millis"

/** The actors that keep the read models up to date and announce what they find. */
export const readModelChildren = Effect.fnUntraced(function* (
  onPoison: OnPoison,
): Effect.fn.Return<ReadonlyArray<Child<never>>, never, EventLog | ReadModel> {
  const context = yield* Effect.context<EventLog | ReadModel>()
  const written = yield* Latch.make(true)

  const projecting = (signal: (signal: Signal) => void) =>
    onCurrentGeneration(
      ReadModel.use(({ database }) =>
        project(makeReuseProjection(database, "announcing"), {
          onPoison,
          until: "interrupted",
          batchSize: projectionBatch,
          onDelivery: ({ position, events, caughtUp }) =>
            Effect.suspend(() => {
              if (events > 0) signal({ type: "progress", position, events })
              signal({ type: caughtUp ? "caughtUp" : "fellBehind" })
              return events > 0 ? written.open : Effect.void
            }),
        }),
      ),
    ).pipe(Effect.andThen(Effect.never), Effect.provideContext(context))

  const relaying = (signal: (signal: Signal) => void) =>
    onCurrentGeneration(
      Effect.gen(function* () {
        while (true) {
          // Closed before looking: what is written while we look opens it again.
          yield* written.close
          const relayed = yield* relayOutbox
          if (relayed > 0) signal({ type: "progress", position: "", events: relayed })
          yield* written.await.pipe(Effect.timeoutOption(unaskedLook))
        }
      }),
    ).pipe(Effect.provideContext(context))

  return [
    projectionChild({ name: reuseProjectionName, project: projecting, classify: failureClass }),
    relayChild({ name: "relay", relay: relaying, classify: retryOrFatal }),
  ]
})

/**
 * The actor that reads one source. A daemon waits until a full disk has space again; a command
 * that somebody waits for fails at once.
 */
export const sourceChild = <E extends Failing>(
  name: string,
  patient: boolean,
  ingest: (signal: (signal: Signal) => void) => Effect.Effect<void, E>,
): Child<void> =>
  ingestChild({
    name: `ingest ${name}`,
    ingest,
    classify: (error) => (patient || error.kind === "busy" ? retryOrFatal(error) : "fatal"),
  })

type Failing = { readonly _tag: string; readonly message: string; readonly kind?: string }

const retryOrFatal = (error: Failing): "retry" | "wait" | "fatal" => {
  const does = failureClass(error)
  return does === "retry" || does === "wait" ? does : "fatal"
}
