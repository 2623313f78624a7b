import * as Effect from "effect/Effect"
import type { PoisonEvent } from "../../../domain/event/codec.ts"
import { type Checkpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import type { OnPoison } from "../../../projections/foldBatch.ts"
import { vectorsProjectionName } from "../../../projections/vectors/vectorLedger.ts"
import { vectorsProjection } from "../../../projections/vectors/vectorsProjection.ts"
import type { EventLog, EventLogUnavailable } from "../../eventlog/EventLog.ts"
import {
  VectorStore,
  type VectorStoreUnavailable,
  type VectorTransactions,
} from "../../vectorstore/VectorStore.ts"
import { type CheckpointMoved, type ProjectOptions, project, type Sink } from "../project.ts"
import { requireOwnLog } from "./ownLog.ts"

/** The projection into a vector store, or into new contents of one. */
export const vectorSink = ({ read, commit }: VectorTransactions): Sink<VectorStoreUnavailable> => ({
  name: vectorsProjection.name,
  types: vectorsProjection.types,
  read,
  commit: (operation, work) =>
    commit(operation, (rows) => work(rows.database, () => vectorsProjection.open(rows))),
  forget: () => {}, // a fold is opened for each transaction
})

/** How far the vectors have been folded. */
export const vectorCheckpoint: Effect.Effect<Checkpoint, VectorStoreUnavailable, VectorStore> =
  VectorStore.use(({ read }) =>
    read("read the checkpoint", (ledger) => readCheckpoint(ledger, vectorsProjectionName)),
  )

/** Brings the vectors up to date with the log they were made from; see `project`. */
export const projectVectors = Effect.fn("projectVectors")(function* (
  options: ProjectOptions,
): Effect.fn.Return<
  number,
  CheckpointMoved | PoisonEvent | VectorStoreUnavailable | EventLogUnavailable,
  EventLog | VectorStore
> {
  const store = yield* VectorStore
  if ((yield* store.health).backend === "null") return 0
  yield* requireOwnLog
  return yield* project(vectorSink(store), options)
})

/** How many fingerprints are folded in one transaction, in which nobody else writes. */
export const vectorBatch = 2_000

/** Brings the vectors up to date with the log, once. */
export const catchUpVectors = (
  onPoison: OnPoison,
): Effect.Effect<
  void,
  PoisonEvent | VectorStoreUnavailable | EventLogUnavailable,
  EventLog | VectorStore
> =>
  projectVectors({ onPoison, until: "caught-up", batchSize: vectorBatch }).pipe(
    Effect.catchTag("CheckpointMoved", () => catchUpVectors(onPoison)),
    Effect.asVoid,
  )
