import * as Effect from "effect/Effect"
import type { Child } from "../../../actors/Child.ts"
import { projectionChild } from "../../../actors/projectionMachine.ts"
import type { Signal } from "../../../actors/Signal.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { OnPoison } from "../../readmodel/DecodedBatch.ts"
import { projectVectors, vectorProjectionName } from "../../vectorstore/projectVectors.ts"
import { VectorStore } from "../../vectorstore/VectorStore.ts"
import { failureClass } from "./failureClass.ts"

/** Few at a time: while they are written nothing else goes on. */
const liveBatch = 500

/** The actor that keeps the vectors up to date; none where nothing is kept. */
export const vectorChildren = Effect.fnUntraced(function* (
  onPoison: OnPoison,
): Effect.fn.Return<ReadonlyArray<Child<never>>, never, EventLog | VectorStore> {
  const context = yield* Effect.context<EventLog | VectorStore>()
  const { backend } = yield* (yield* VectorStore).health
  if (backend === "null") return []
  const projecting = (signal: (signal: Signal) => void) =>
    projectVectors({
      onPoison,
      until: "interrupted",
      batchSize: liveBatch,
      onDelivery: ({ position, events, caughtUp }) =>
        Effect.sync(() => {
          if (events > 0) signal({ type: "progress", position, events })
          signal({ type: caughtUp ? "caughtUp" : "fellBehind" })
        }),
    }).pipe(Effect.andThen(Effect.never), Effect.provideContext(context))
  return [
    projectionChild({ name: vectorProjectionName, project: projecting, classify: failureClass }),
  ]
})
