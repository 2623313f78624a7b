import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { decodeEvent, PoisonEvent } from "../../domain/event/codec.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import type { Checkpoint } from "../../projections/checkpoint.ts"
import type { OnPoison } from "../../projections/foldBatch.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { CheckpointMoved, type ProjectOptions } from "../readmodel/project.ts"
import { fingerprintRecord } from "./fingerprintRecord.ts"
import { ownLog } from "./ownLog.ts"
import {
  type VectorRecord,
  type VectorRefused,
  VectorStore,
  type VectorStoreUnavailable,
} from "./VectorStore.ts"

/** The projection that keeps the vectors, as `credtrail status` names it. */
export const vectorProjectionName = "vectors"

/** The event types it wants to see. */
export const vectorTypes: ReadonlyArray<string> = ["attacker.fingerprinted"]

type Failed = CheckpointMoved | PoisonEvent | VectorStoreUnavailable

/**
 * Brings the vector store up to date with the log, from its checkpoint on, and keeps it there. As
 * with any projection a poison event, which here is also one whose vector is refused, stops it, or
 * is left out with a warning: a rebuild takes it up once it can be understood.
 */
export const projectVectors = Effect.fn("projectVectors")(function* (
  options: ProjectOptions,
): Effect.fn.Return<void, Failed | EventLogUnavailable, EventLog | VectorStore> {
  const log = yield* EventLog
  const store = yield* VectorStore
  yield* ownLog
  let checkpoint = yield* store.checkpoint
  const deliveries = log.subscribe({
    after: checkpoint.position,
    types: vectorTypes,
    batchSize: options.batchSize,
  })
  const wanted =
    options.until === "caught-up"
      ? Stream.takeUntil(deliveries, (delivery) => delivery.caughtUp)
      : deliveries
  yield* Stream.runForEach(
    wanted,
    Effect.fnUntraced(function* (delivery) {
      if (delivery.events.length > 0) {
        checkpoint = yield* takeInBatch(checkpoint, delivery.events, options.onPoison)
      }
      yield* options.onDelivery?.({
        position: checkpoint.position,
        events: delivery.events.length,
        caughtUp: delivery.caughtUp,
      }) ?? Effect.void
    }),
  )
})

/** How many fingerprints are taken in together. */
const vectorBatch = 2_000

/** Brings the vector store up to date with the log, once. */
export const catchUpVectors = (
  onPoison: OnPoison,
): Effect.Effect<
  void,
  PoisonEvent | VectorStoreUnavailable | EventLogUnavailable,
  EventLog | VectorStore
> =>
  projectVectors({
    onPoison,
    until: "caught-up",
    batchSize: vectorBatch,
    onDelivery: () => Effect.void,
  }).pipe(Effect.catchTag("CheckpointMoved", () => catchUpVectors(onPoison)))

const takeInBatch = Effect.fnUntraced(function* (
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  onPoison: OnPoison,
): Effect.fn.Return<Checkpoint, Failed, VectorStore> {
  const records: Array<VectorRecord> = []
  for (const [index, event] of events.entries()) {
    const record = recordOf(event)
    if (record instanceof PoisonEvent) {
      if (onPoison === "stop") {
        // What comes before it is kept, and it is the first to be met again.
        if (index > 0) yield* takeInBatch(from, events.slice(0, index), onPoison)
        return yield* record
      }
      yield* Effect.logWarning(`left out: ${record.message}`)
    } else if (record !== undefined) records.push(record)
  }
  const last = events.at(-1)
  if (last === undefined) return from
  return yield* takeIn(from, last, records).pipe(
    Effect.catchTag("VectorRefused", (refused) =>
      events.length > 1
        ? oneByOne(from, events, onPoison)
        : beyondRefusal(from, last, refused, onPoison),
    ),
  )
})

const takeIn = Effect.fnUntraced(function* (
  from: Checkpoint,
  last: RecordedEvent,
  records: ReadonlyArray<VectorRecord>,
): Effect.fn.Return<
  Checkpoint,
  CheckpointMoved | VectorRefused | VectorStoreUnavailable,
  VectorStore
> {
  const store = yield* VectorStore
  const moved = yield* store.takeIn(from, last, records)
  if (moved !== undefined) return moved
  return yield* new CheckpointMoved({
    projection: vectorProjectionName,
    expected: from.position,
    actual: (yield* store.checkpoint).position,
  })
})

// Finds out which of them is refused.
const oneByOne = Effect.fnUntraced(function* (
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  onPoison: OnPoison,
): Effect.fn.Return<Checkpoint, Failed, VectorStore> {
  let checkpoint = from
  for (const event of events) checkpoint = yield* takeInBatch(checkpoint, [event], onPoison)
  return checkpoint
})

const beyondRefusal = Effect.fnUntraced(function* (
  from: Checkpoint,
  event: RecordedEvent,
  refused: VectorRefused,
  onPoison: OnPoison,
): Effect.fn.Return<Checkpoint, Failed, VectorStore> {
  const poison = poisoned(event, refused.message)
  if (onPoison === "stop") return yield* poison
  yield* Effect.logWarning(`left out: ${poison.message}`)
  return yield* takeIn(from, event, []).pipe(
    Effect.catchTag("VectorRefused", Effect.die), // there is nothing to refuse
  )
})

const recordOf = (event: RecordedEvent): VectorRecord | PoisonEvent | undefined => {
  const decoded = decodeEvent(event)
  if (Result.isFailure(decoded)) return decoded.failure
  return decoded.success?.type === "attacker.fingerprinted"
    ? fingerprintRecord(decoded.success.data)
    : undefined
}

const poisoned = (event: RecordedEvent, reason: string): PoisonEvent =>
  new PoisonEvent({
    position: event.position,
    eventId: event.id,
    type: event.type,
    stream: event.stream,
    revision: event.revision,
    reason,
  })
