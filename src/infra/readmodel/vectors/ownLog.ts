import * as Effect from "effect/Effect"
import { lastEvent } from "../../../projections/vectors/vectorLedger.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { VectorStore, VectorStoreUnavailable } from "../../vectorstore/VectorStore.ts"

/**
 * Whether the store was made from this log, as far as can be told: its checkpoint is a position of
 * one log and means nothing in another. The log has the event that was folded last in the same
 * place; where its stream has expired on a server, the log has at least come so far.
 */
export const isOwnLog: Effect.Effect<
  boolean,
  EventLogUnavailable | VectorStoreUnavailable,
  EventLog | VectorStore
> = Effect.gen(function* () {
  const { read } = yield* VectorStore
  const last = yield* read("read which log it was made from", lastEvent)
  if (last === undefined) return true
  const log = yield* EventLog
  const [found] = yield* log.readStream(last.stream, {
    direction: "forwards",
    from: last.revision,
    limit: 1,
  })
  if (found?.revision === last.revision) {
    return found.id === last.id && found.position === last.position
  }
  const { layer, head } = yield* log.health
  return layer === "eventstoredb" && head >= last.position
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
