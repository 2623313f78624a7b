import * as Effect from "effect/Effect"
import { vectorTypes } from "../../projections/vectors/vectorsProjection.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import { askIfThere } from "../eventlog/LogAvailability.ts"
import { requireOwnLog } from "../readmodel/vectors/ownLog.ts"
import { catchUpVectors, vectorCheckpoint } from "../readmodel/vectors/projectVectors.ts"
import { type VectorKind, VectorStore, type VectorStoreHealth } from "../vectorstore/VectorStore.ts"
import { logAwayWarning } from "./askReadModels.ts"

/** The answer of `credtrail vectors --json`. */
export interface Vectors {
  readonly health: VectorStoreHealth
  readonly kinds: ReadonlyArray<VectorKind>
}

/** Shows the vector store: its kinds, how many vectors it has, its health. */
export const showVectors = Effect.fn("showVectors")(function* () {
  const warnings = yield* readyVectors
  const store = yield* VectorStore
  const answer: Vectors = { health: yield* store.health, kinds: yield* store.kinds }
  return { answer, warnings }
})

/**
 * Makes the vector store ready to be queried: one in memory is filled from the log, one in a file
 * is used as it is. The result warns if it is behind the log.
 */
export const readyVectors = Effect.gen(function* () {
  const store = yield* VectorStore
  const log = yield* EventLog
  const { backend } = yield* store.health
  if (backend === "fake") yield* catchUpVectors("skip")
  if (backend !== "sqlite-vec") return []
  yield* askIfThere(requireOwnLog)
  const { position } = yield* vectorCheckpoint
  const gap = yield* askIfThere(log.gap(position, vectorTypes))
  if (gap === undefined) return [yield* logAwayWarning]
  return gap === 0
    ? []
    : [
        `the vectors are ${gap} events behind the log; credtrail status shows whether a service is catching up, and credtrail ingest or run brings them up to date`,
      ]
})
