import * as Effect from "effect/Effect"
import { lastEvent } from "../../../projections/lastEvent.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { VectorStore, VectorStoreUnavailable } from "../../vectorstore/VectorStore.ts"
import { hasEventAt } from "../ownLog.ts"

/**
 * Whether the store was made from this log, as far as can be told: its checkpoint is a position of
 * one log and means nothing in another.
 */
export const isOwnLog: Effect.Effect<
  boolean,
  EventLogUnavailable | VectorStoreUnavailable,
  EventLog | VectorStore
> = Effect.gen(function* () {
  const { read } = yield* VectorStore
  const last = yield* read("read which log it was made from", lastEvent)
  return last === undefined || (yield* hasEventAt(last))
})

/** Fails with the kind `other-log` where the store was made from another log than this one. */
export const requireOwnLog: Effect.Effect<
  void,
  EventLogUnavailable | VectorStoreUnavailable,
  EventLog | VectorStore
> = Effect.gen(function* () {
  if (yield* isOwnLog) return
  const { location } = yield* EventLog.use((log) => log.health)
  return yield* new VectorStoreUnavailable({
    operation: "use the vectors with this log",
    kind: "other-log",
    reason: `it was made from another log, not from ${location}. Rebuild it from this one with credtrail vectors rebuild, or name another directory with --data`,
  })
})
