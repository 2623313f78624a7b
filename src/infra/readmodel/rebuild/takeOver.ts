import type { Database } from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { PoisonEvent } from "../../../domain/event/codec.ts"
import type { Position } from "../../../domain/event/position.ts"
import type { Decisions } from "../../../projections/foldBatch.ts"
import type { Mark } from "../../../projections/generationDiff/changedRows.ts"
import { copyOutbox } from "../../../projections/outbox.ts"
import { reuseProjection, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import type { EventLog, EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { projectionBatch } from "../catchUp.ts"
import { type CheckpointMoved, project, readModelSink } from "../project.ts"
import {
  attemptReadModel as attempt,
  type OpenReadModel,
  type ReadModelUnavailable,
} from "../ReadModel.ts"
import { type GenerationDiff, generationDiff, type Verification } from "./GenerationDiff.ts"
import { fileOf } from "./places.ts"
import type { Registry } from "./Registry.ts"

/** What can go wrong while a generation is brought to where the live one is. */
export type TakeOverError =
  | CheckpointMoved
  | PoisonEvent
  | EventLogUnavailable
  | ReadModelUnavailable

export interface TakeOver<E, R> {
  readonly data: string
  readonly registry: Registry
  /** The generation that is to become the current one, open for writing. */
  readonly next: { readonly no: number; readonly readModel: OpenReadModel }
  /** Told after every batch how many events have been folded. */
  readonly onProgress: (events: number) => Effect.Effect<void>
  /** Told what a comparison has shown; a failure keeps the switch from happening. */
  readonly onCompared: (verification: Verification, last: boolean) => Effect.Effect<void, E, R>
  /** Whether the generations are compared at all. */
  readonly compares: boolean
}

/** So few events behind the live generation, the next one may hold it up for a moment. */
const fewEvents = 500
/** Where the live generation runs as fast as the next one follows, it is held up all the same. */
const mostRounds = 8

/**
 * Makes `next` the current generation. It follows the live one round by round: each round folds up
 * to where the live one stands and compares the two there, the first round in everything, later
 * ones in what may have changed since, unless something was retried meanwhile. The live one goes on, but
 * for the last round, which holds its write lock; in it, what waits to be announced is carried over
 * and the registry says who is current. Answers the position of the switch.
 */
export const takeOver = Effect.fn("takeOver")(function* <E, R>(
  work: TakeOver<E, R>,
): Effect.fn.Return<Position, TakeOverError | E, EventLog | R> {
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const live = fileOf(work.data, work.registry.read().current.no)
      const diff = yield* generationDiff(live, work.next.readModel.database.name)
      const round = makeRound(work, diff)
      for (let count = 0; count < mostRounds; count++) {
        const folded = yield* round(false)
        if (count > 0 && folded <= fewEvents) break
      }
      yield* attempt("be written back", () => {
        work.next.readModel.database.pragma("wal_checkpoint(TRUNCATE)")
        work.next.readModel.database.pragma("synchronous = FULL")
      })
      // The last moment to hear that it is not wanted any longer.
      yield* Effect.yieldNow
      return yield* Effect.scoped(
        Effect.gen(function* () {
          const fence = yield* fenced(live)
          yield* round(true)
          const since = yield* Clock.currentTimeMillis
          return yield* attempt("switch to another generation", () => {
            const { no, readModel } = work.next
            // What it has not announced yet becomes the next one's to announce.
            copyOutbox(fence, readModel.database)
            const position = diff.hold(reuseProjectionName)
            work.registry.switchTo({ no, since, position })
            return position
          })
        }),
      )
    }),
  )
})

const makeRound = <E, R>(
  { next, onProgress, onCompared, compares }: TakeOver<E, R>,
  diff: GenerationDiff,
) => {
  const sink = readModelSink(next.readModel, reuseProjection("silent"))
  let compared: Mark | undefined
  let retried = 0
  let total = 0
  return Effect.fnUntraced(function* (
    last: boolean,
  ): Effect.fn.Return<number, TakeOverError | E, EventLog | R> {
    const position = yield* attempt("look at the live generation", () =>
      diff.hold(reuseProjectionName),
    )
    const decisions = yield* attempt("look at what was set aside", () =>
      diff.decisions(reuseProjectionName),
    )
    const folded = yield* project(sink, {
      until: { position },
      // Whether an event could be folded is compared like everything else.
      onPoison: "skip",
      decisions,
      batchSize: projectionBatch,
      onDelivery: ({ events }) => {
        total += events
        return events > 0 ? onProgress(total) : Effect.void
      },
    })
    // A retry folds events that came long before.
    const isRetried = retriedIn(decisions) !== retried
    retried = retriedIn(decisions)
    if (compares) {
      const tables = yield* attempt("compare generations", () => {
        const found = diff.compare(isRetried ? undefined : compared)
        compared = diff.mark()
        return found
      })
      yield* onCompared({ position, tables }, last)
    }
    yield* attempt("look away", diff.release)
    return folded
  })
}

const retriedIn = (decisions: Decisions): number =>
  [...decisions.values()].filter(({ retried }) => retried).length

/** Holds the write lock of the live generation: until the scope closes, nothing changes in it. */
const fenced = (live: string): Effect.Effect<Database, ReadModelUnavailable, Scope> =>
  Effect.acquireRelease(
    attempt("hold the live generation", () =>
      openDatabase("fence", live, (database) => database.exec("BEGIN IMMEDIATE")),
    ),
    (database) => Effect.sync(() => database.close()),
  )
