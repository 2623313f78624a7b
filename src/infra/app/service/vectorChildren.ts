import * as Effect from "effect/Effect"
import type { Child } from "../../../actors/Child.ts"
import { projectionChild } from "../../../actors/projection.ts"
import type { OnPoison } from "../../../projections/foldBatch.ts"
import { vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { projectVectors } from "../../readmodel/vectors/projectVectors.ts"
import { VectorStore } from "../../vectorstore/VectorStore.ts"
import { toFailure } from "./failureClass.ts"

/** Events folded in one transaction: few, because nothing else runs while they are written. */
const liveBatch = 500

/** The child that keeps the vectors up to date; none where no vectors are kept. */
export const vectorChildren = Effect.fnUntraced(function* (
  onPoison: OnPoison,
): Effect.fn.Return<ReadonlyArray<Child>, never, EventLog | VectorStore> {
  const context = yield* Effect.context<EventLog | VectorStore>()
  const { backend } = yield* (yield* VectorStore).health
  if (backend === "null") return []
  return [
    projectionChild(vectorsProjectionName, (folded) =>
      projectVectors({
        onPoison,
        until: "interrupted",
        batchSize: liveBatch,
        onDelivery: folded,
      }).pipe(Effect.mapError(toFailure), Effect.provideContext(context)),
    ),
  ]
})
