import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeEvent, type PoisonEvent } from "../../domain/codec.ts"
import type { DecodedEvent, RecordedEvent } from "../../domain/events.ts"
import type { Position } from "../../domain/position.ts"
import { type Checkpoint, moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import type { Projection } from "../../projections/Projection.ts"
import { ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

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
): Effect.fn.Return<Checkpoint, CheckpointMoved | PoisonEvent | ReadModelUnavailable, ReadModel> {
  const readModel = yield* ReadModel
  const batch = decodeBatch(events, onPoison)
  const committed = yield* readModel
    .attempt("take in a batch of events", (database) =>
      database
        .transaction((): Checkpoint | undefined => {
          if (batch.to === undefined) return from
          const count = batch.decoded.length + batch.poison.length
          if (!moveCheckpoint(database, projection.name, from, batch.to, count)) return undefined
          projection.apply(batch.decoded)
          const deadLetter = database.prepare(
            "INSERT INTO dead_letters (projection, position, event_id, type, stream, revision, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
          )
          for (const { position, eventId, type, stream, revision, reason } of batch.poison) {
            deadLetter.run(projection.name, position, eventId, type, stream, revision, reason)
          }
          return { position: batch.to, commitNo: from.commitNo + 1 }
        })
        .immediate(),
    )
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

interface DecodedBatch {
  readonly decoded: ReadonlyArray<DecodedEvent>
  /** Set aside, with `skip`. */
  readonly poison: ReadonlyArray<PoisonEvent>
  /** What ended the batch early, with `stop`. */
  readonly stopped: PoisonEvent | undefined
  /** The last event that is dealt with, if any is. */
  readonly to: Position | undefined
}

const decodeBatch = (events: ReadonlyArray<RecordedEvent>, onPoison: OnPoison): DecodedBatch => {
  const decoded: Array<DecodedEvent> = []
  const poison: Array<PoisonEvent> = []
  let to: Position | undefined
  for (const event of events) {
    const result = decodeEvent(event)
    if (Result.isSuccess(result)) {
      if (result.success !== undefined) decoded.push(result.success)
    } else if (onPoison === "stop") {
      return { decoded, poison, stopped: result.failure, to }
    } else {
      poison.push(result.failure)
    }
    to = event.position
  }
  return { decoded, poison, stopped: undefined, to }
}
