import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { layerCurrent } from "../../../../src/infra/readmodel/rebuild/currentReadModel.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import type { OnPoison } from "../../../../src/projections/foldBatch.ts"
import { announcing } from "../sinks.ts"

const started = (database: Database) => readCheckpoint(database, "credential-reuse")

/**
 * The projection as a service has it, step by step: it remembers from batch to batch what it has
 * seen, until it is restarted or another generation takes over.
 */
export const liveProjection = Effect.fnUntraced(function* (data: string, onPoison: OnPoison) {
  const log = yield* EventLog
  const outer = yield* Scope.Scope
  const open = Effect.gen(function* () {
    const scope = yield* Scope.fork(outer)
    const opened = Layer.fresh(layerCurrent({ data, mode: "read-write" }))
    const context = yield* Layer.buildWithScope(opened, scope)
    const projection = yield* Effect.provide(announcing, context)
    return { scope, context, projection, checkpoint: yield* projection.read("start", started) }
  })
  let live = yield* open
  const restart = Effect.gen(function* () {
    yield* Scope.close(live.scope, Exit.void)
    live = yield* open
  })
  return {
    restart,
    /** Folds what there is, in batches of so many; it stops where it may not go on. */
    fold: Effect.fnUntraced(function* (batchSize: number) {
      while (true) {
        const { projection, checkpoint, context } = live
        const events = yield* log.readAll({
          direction: "forwards",
          from: checkpoint.position,
          limit: batchSize,
          types: projection.types,
        })
        if (events.length === 0) return
        const committed = yield* commitBatch(projection, checkpoint, events, onPoison).pipe(
          Effect.provide(context),
          Effect.result,
        )
        if (committed._tag === "Success") {
          live = { ...live, checkpoint: committed.success }
          continue
        }
        yield* restart
        if (committed.failure._tag === "PoisonEvent") return
        // Nobody else projects: another generation has become current.
        if (committed.failure._tag !== "CheckpointMoved") return yield* committed.failure
      }
    }),
    /** Does something with the read models that are open. */
    use: <A, E, R>(work: Effect.Effect<A, E, R>) =>
      Effect.suspend(() => Effect.provide(work, live.context)),
  }
})
