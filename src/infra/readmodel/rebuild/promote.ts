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
import { fileOf, type GenerationRegistry } from "./GenerationRegistry.ts"

/** What can go wrong while history is folded into another generation. */
export type RefoldError = CheckpointMoved | PoisonEvent | EventLogUnavailable | ReadModelUnavailable

export interface Promotion<E, R> {
  readonly data: string
  readonly registry: GenerationRegistry
  /** The generation that becomes the current one, open for writing. */
  readonly next: { readonly no: number; readonly readModel: OpenReadModel }
  /** Runs after every batch, with the number of events folded so far. */
  readonly onProgress: (events: number) => Effect.Effect<void>
  /**
   * Runs after each comparison with the live generation; a failure stops the promotion. Without it,
   * nothing is compared.
   */
  readonly onCompared?: (verification: Verification, last: boolean) => Effect.Effect<void, E, R>
}

/** Once this close to the live generation, take its write lock and finish. */
const maxHeldEvents = 500
/** Finish anyway after this many rounds, if the live generation folds as fast as the next one. */
const maxRounds = 8

/**
 * Makes `next` the current generation and returns at which position. It follows the live one round
 * by round: each round folds up to where the live one is and compares the two there, the first round
 * in everything, later ones in what may have changed since, unless something was retried meanwhile.
 * Only the last round holds the write lock of the live generation. In it the pending announcements
 * are copied, and the registry switches.
 */
export const promote = Effect.fn("promote")(function* <E, R>(
  work: Promotion<E, R>,
): Effect.fn.Return<Position, RefoldError | E, EventLog | R | Scope> {
  const { no, readModel } = work.next
  const live = fileOf(work.data, work.registry.read().current.no)
  const diff = yield* generationDiff(live, readModel.database.name)
  const round = makeRound(work, diff)
  for (let count = 0; count < maxRounds; count++) {
    const folded = yield* round(false)
    if (count > 0 && folded <= maxHeldEvents) break
  }
  yield* attempt("write pages back", () => {
    readModel.database.pragma("wal_checkpoint(TRUNCATE)")
    readModel.database.pragma("synchronous = FULL")
  })
  // The last moment at which it can be interrupted.
  yield* Effect.yieldNow
  const fence = yield* fenced(live)
  yield* round(true)
  const since = yield* Clock.currentTimeMillis
  return yield* attempt("switch to another generation", () => {
    copyOutbox(fence, readModel.database)
    const position = diff.hold(reuseProjectionName)
    work.registry.promote({ no, since, position })
    return position
  })
}, Effect.scoped)

const makeRound = <E, R>(
  { next, onProgress, onCompared }: Promotion<E, R>,
  diff: GenerationDiff,
) => {
  const sink = readModelSink(next.readModel, reuseProjection("silent"))
  let compared: Mark | undefined
  let retried = 0
  let total = 0
  return Effect.fnUntraced(function* (
    last: boolean,
  ): Effect.fn.Return<number, RefoldError | E, EventLog | R> {
    const { position, decisions } = yield* attempt("compare the read models", () => ({
      position: diff.hold(reuseProjectionName),
      decisions: diff.decisions(reuseProjectionName),
    }))
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
    if (onCompared !== undefined) {
      const tables = yield* attempt("compare the read models", () => {
        const found = diff.compare(isRetried ? undefined : compared)
        compared = diff.mark()
        return found
      })
      yield* onCompared({ position, tables }, last)
    }
    yield* attempt("compare the read models", diff.release)
    return folded
  })
}

const retriedIn = (decisions: Decisions): number =>
  [...decisions.values()].filter(({ retried }) => retried).length

/** Holds the write lock of the live generation: until the scope closes, nothing changes in it. */
const fenced = (live: string): Effect.Effect<Database, ReadModelUnavailable, Scope> =>
  Effect.acquireRelease(
    attempt("lock the live generation", () =>
      openDatabase("fence", live, (database) => database.exec("BEGIN IMMEDIATE")),
    ),
    (database) => Effect.sync(() => database.close()),
  )
