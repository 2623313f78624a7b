import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { PoisonEvent } from "../../domain/event/codec.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import { type Checkpoint, moveCheckpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import { keepDeadLetters } from "../../projections/deadLetters.ts"
import type { Projection } from "../../projections/Projection.ts"
import { putInQuarantine, type Quarantine, quarantinesOf } from "../../projections/quarantine.ts"
import { type Decisions, DecodedBatch, type OnPoison } from "./DecodedBatch.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "./ReadModel.ts"

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
 * where the batch began, nothing of the batch is kept. A poison event that is not set aside ends the
 * batch just before itself and is then the error. `decisions` go before `onPoison`.
 */
export const commitBatch = Effect.fnUntraced(function* (
  projection: Projection,
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  onPoison: OnPoison,
  decisions?: Decisions,
): Effect.fn.Return<
  Checkpoint,
  CheckpointMoved | GenerationMoved | PoisonEvent | ReadModelUnavailable,
  ReadModel
> {
  const readModel = yield* ReadModel
  const committed = yield* readModel
    .commit("take in a batch of events", (database): Committed | undefined => {
      const { position, commitNo } = readCheckpoint(database, projection.name)
      if (position !== from.position || commitNo !== from.commitNo) return undefined
      const quarantines = quarantinesOf(database, projection.name)
      const enter = (quarantine: Quarantine): void =>
        putInQuarantine(database, projection.name, quarantine)
      const batch = new DecodedBatch(projection, events, quarantines, onPoison, decisions, enter)
      projection.apply(batch)
      const { to, stopped } = batch
      if (to === undefined) return { checkpoint: from, stopped }
      keepDeadLetters(database, batch.letters)
      moveCheckpoint(database, projection.name, from, to, batch.count)
      return { checkpoint: { position: to, commitNo: from.commitNo + 1 }, stopped }
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
  if (committed.stopped !== undefined) return yield* committed.stopped
  return committed.checkpoint
})

interface Committed {
  readonly checkpoint: Checkpoint
  readonly stopped: PoisonEvent | undefined
}
