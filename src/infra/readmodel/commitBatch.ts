import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeEvent, type PoisonEvent } from "../../domain/codec.ts"
import type { DecodedEvent, RecordedEvent } from "../../domain/events.ts"
import type { Position } from "../../domain/position.ts"
import { type Checkpoint, moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import type { Projection } from "../../projections/Projection.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

/** What to do about an event that cannot be folded: stop before it, or set it aside and go on. */
export type OnPoison = "stop" | "skip"

/** Somebody else has written the rows of this projection since the batch was begun. */
export class CheckpointMoved extends Schema.TaggedError<CheckpointMoved>()("CheckpointMoved", {
  projection: Schema.String,
  expected: Schema.String,
  actual: Schema.String,
}) {
  override get message(): string {
    return `the checkpoint of ${this.projection} is at "${this.actual}", not at "${this.expected}": another process is projecting too`
  }
}

/**
 * Folds a batch and moves the checkpoint past it, in one transaction. If the checkpoint is not
 * where the batch began, nothing of the batch is kept. With `stop`, a poison event ends the batch
 * just before itself and is then the error; with `skip` it becomes a dead letter.
 */
export const commitBatch = Effect.fnUntraced(function* (
  projection: Projection,
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  onPoison: OnPoison,
): Effect.fn.Return<
  Checkpoint,
  CheckpointMoved | GenerationMoved | PoisonEvent | ReadModelUnavailable,
  ReadModel
> {
  const readModel = yield* ReadModel
  const batch = new DecodedBatch(events, onPoison)
  const committed = yield* readModel
    .commit("take in a batch of events", (database): Checkpoint | undefined => {
      const { position, commitNo } = readCheckpoint(database, projection.name)
      if (position !== from.position || commitNo !== from.commitNo) return undefined
      projection.apply(batch)
      if (batch.to === undefined) return from
      keepDeadLetters(database, projection.name, batch.poison)
      moveCheckpoint(database, projection.name, from, batch.to, batch.count)
      return { position: batch.to, commitNo: from.commitNo + 1 }
    })
    // That forgetting fails too would only hide why it is necessary.
    .pipe(Effect.onError(() => Effect.ignore(readModel.attempt("forget", projection.forget))))
  if (committed === undefined) {
    const actual = yield* readModel.attempt("read the checkpoint", (database) => {
      projection.forget()
      return readCheckpoint(database, projection.name)
    })
    return yield* new CheckpointMoved({
      projection: projection.name,
      expected: from.position,
      actual: actual.position,
    })
  }
  if (batch.stopped !== undefined) return yield* batch.stopped
  return committed
})

const keepDeadLetters = (
  database: Database,
  projection: string,
  poison: ReadonlyArray<PoisonEvent>,
): void => {
  if (poison.length === 0) return
  const insert = database.prepare(
    "INSERT INTO dead_letters (projection, position, event_id, type, stream, revision, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
  )
  for (const { position, eventId, type, stream, revision, reason } of poison) {
    insert.run(projection, position, eventId, type, stream, revision, reason)
  }
}

/**
 * The events of a batch, decoded one by one as they are asked for: a batch is large, and what is
 * decoded is soon done with.
 */
class DecodedBatch implements Iterable<DecodedEvent> {
  /** Set aside, with `skip`. */
  readonly poison: Array<PoisonEvent> = []
  /** What ended the batch early, with `stop`. */
  stopped: PoisonEvent | undefined
  /** The last event that is dealt with, if any is. */
  to: Position | undefined
  /** How many are dealt with. */
  count = 0
  readonly #events: ReadonlyArray<RecordedEvent>
  readonly #onPoison: OnPoison

  constructor(events: ReadonlyArray<RecordedEvent>, onPoison: OnPoison) {
    this.#events = events
    this.#onPoison = onPoison
  }

  *[Symbol.iterator](): Generator<DecodedEvent> {
    for (const event of this.#events) {
      const result = decodeEvent(event)
      if (Result.isFailure(result)) {
        if (this.#onPoison === "stop") {
          this.stopped = result.failure
          return
        }
        this.poison.push(result.failure)
      }
      this.to = event.position
      this.count++
      if (Result.isSuccess(result) && result.success !== undefined) yield result.success
    }
  }
}
