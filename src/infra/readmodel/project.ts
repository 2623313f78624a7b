import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { PoisonEvent } from "../../domain/event/codec.ts"
import type { RecordedEvent } from "../../domain/event/events.ts"
import type { Position } from "../../domain/event/position.ts"
import { type Checkpoint, readCheckpoint } from "../../projections/checkpoint.ts"
import { type Decisions, foldBatch, type OnPoison } from "../../projections/foldBatch.ts"
import type { Fold, Projection, ProjectionSpec } from "../../projections/Projection.ts"
import { type Delivery, EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import type { ReadModel, ReadModelUnavailable } from "./ReadModel.ts"

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

/** A projection on the database that holds its rows, its checkpoint and its dead letters. */
export interface Sink<E> extends ProjectionSpec {
  readonly read: <A>(operation: string, work: (database: Database) => A) => Effect.Effect<A, E>
  /** Runs a transaction that writes; `open` gives the fold. */
  readonly commit: <A>(
    operation: string,
    work: (database: Database, open: () => Fold) => A,
  ) => Effect.Effect<A, E>
  /** Lets another fold be opened: what this one remembers may no longer be true. */
  readonly forget: () => void
}

/** A projection in the read models, in whichever generation of them is current. */
export const readModelSink = (
  readModel: ReadModel["Service"],
  { open, ...spec }: Projection,
): Sink<ReadModelUnavailable> => {
  let opened: { readonly database: Database; readonly fold: Fold } | undefined
  const foldIn = (database: Database): Fold => {
    if (opened?.database !== database) opened = { database, fold: open(database) }
    return opened.fold
  }
  return {
    ...spec,
    read: readModel.attempt,
    commit: (operation, work) =>
      readModel.commit(operation, (database) => work(database, () => foldIn(database))),
    forget: () => {
      opened = undefined
    },
  }
}

export interface ProjectOptions {
  readonly onPoison: OnPoison
  /** What has been decided before about events that cannot be folded; goes before `onPoison`. */
  readonly decisions?: Decisions
  /**
   * When to end: once there is nothing more; never, taking what comes; or after the last event at or
   * before a position.
   */
  readonly until: "caught-up" | "interrupted" | { readonly position: Position }
  /** The most events folded in one transaction. */
  readonly batchSize: number
  /** Told after every delivery: how far it is, and whether that is all there is. */
  readonly onDelivery?: (state: {
    readonly position: Position
    readonly events: number
    readonly caughtUp: boolean
  }) => Effect.Effect<void>
}

/**
 * Brings a projection up to date with the log, from its checkpoint on, and returns how many events
 * it has folded. Where another generation has become current it continues in that one. Fails when
 * another process moves the checkpoint; starting again from there is then the answer.
 */
export const project: <E>(
  sink: Sink<E>,
  options: ProjectOptions,
) => Effect.Effect<number, CheckpointMoved | PoisonEvent | EventLogUnavailable | E, EventLog> =
  Effect.fn("project")(function* <E>(sink: Sink<E>, options: ProjectOptions) {
    const { until, batchSize, onPoison, decisions, onDelivery } = options
    const log = yield* EventLog
    sink.forget()
    const started = yield* sink.read("read the checkpoint", (database) => ({
      database,
      checkpoint: readCheckpoint(database, sink.name),
    }))
    let { checkpoint } = started
    const end = typeof until === "object" ? until.position : undefined
    if (end !== undefined && checkpoint.position >= end) return 0
    const deliveries = log.subscribe({
      after: checkpoint.position,
      types: sink.types,
      batchSize,
    })
    let folded = 0
    yield* Stream.runForEach(
      upTo(deliveries, until),
      Effect.fnUntraced(function* ({ events, caughtUp }) {
        if (events.length > 0) {
          checkpoint = yield* commitBatch(sink, checkpoint, events, onPoison, decisions)
          folded += events.length
        }
        yield* onDelivery?.({ position: checkpoint.position, events: events.length, caughtUp }) ??
          Effect.void
        // Folding waits for nothing: without this, a signal to stop would be noticed at the end.
        yield* Effect.yieldNow
      }),
    ).pipe(
      Effect.catchTag("CheckpointMoved", (moved) =>
        Effect.flatMap(
          sink.read("read the checkpoint", (database) => database),
          (database) =>
            database === started.database
              ? Effect.fail(moved)
              : Effect.map(project(sink, options), (more) => {
                  folded += more
                }),
        ),
      ),
    )
    return folded
  })

const upTo = <E>(
  deliveries: Stream.Stream<Delivery, E>,
  until: ProjectOptions["until"],
): Stream.Stream<Delivery, E> => {
  if (until === "interrupted") return deliveries
  if (until === "caught-up") return Stream.takeUntil(deliveries, ({ caughtUp }) => caughtUp)
  const { position: end } = until
  return deliveries.pipe(
    Stream.takeUntil(({ events, caughtUp }) => caughtUp || (events.at(-1)?.position ?? "") >= end),
    Stream.map((delivery) => ({
      ...delivery,
      events: delivery.events.filter(({ position }) => position <= end),
    })),
  )
}

/**
 * Folds a batch and moves the checkpoint past it, in one transaction. If the checkpoint is not
 * where the batch began, nothing of the batch is kept. A poison event that is not set aside ends the
 * batch just before itself and is then the error. `decisions` go before `onPoison`.
 */
export const commitBatch = Effect.fnUntraced(function* <E>(
  sink: Sink<E>,
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  onPoison: OnPoison,
  decisions?: Decisions,
): Effect.fn.Return<Checkpoint, CheckpointMoved | PoisonEvent | E> {
  const folded = yield* sink
    .commit("fold a batch of events", (database, open) =>
      foldBatch(database, sink, open, from, events, { onPoison, decisions }),
    )
    .pipe(Effect.onError(() => Effect.sync(sink.forget)))
  if (folded === undefined) {
    sink.forget()
    const actual = yield* sink.read("read the checkpoint", (database) =>
      readCheckpoint(database, sink.name),
    )
    return yield* new CheckpointMoved({
      projection: sink.name,
      expected: from.position,
      actual: actual.position,
    })
  }
  if (folded.stopped !== undefined) return yield* folded.stopped
  return folded.checkpoint
})
