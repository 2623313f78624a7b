import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import {
  countDeadLetters,
  countPoison,
  type ListedDeadLetter,
  listPoison,
  skippedDeadLetters,
} from "../../projections/deadLetters.ts"
import { quarantinesOf } from "../../projections/quarantine.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { reuseProjection, reuseProjectionName } from "../../projections/reuse/reuseProjection.ts"
import { vectorsProjectionName } from "../../projections/vectors/vectorLedger.ts"
import { readModelSink } from "../readmodel/project.ts"
import { releaseQuarantine } from "../readmodel/quarantine/releaseQuarantine.ts"
import { retryDeadLetters as retry } from "../readmodel/quarantine/retryDeadLetters.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { relayOutbox } from "../readmodel/relayOutbox.ts"
import { requireOwnLog } from "../readmodel/vectors/ownLog.ts"
import { retryVectors } from "../readmodel/vectors/retryVectors.ts"
import type { Answer } from "./Answer.ts"
import { askReadModels } from "./askReadModels.ts"
import { type VectorsLayer, withKeptVectors } from "./keptVectors.ts"

/** A page of the events that could not be folded, and how many there are. */
export interface DeadLetters {
  readonly total: number
  readonly deadLetters: ReadonlyArray<ListedDeadLetter>
}

/** Lists the events that could not be folded: those of the findings, then those of the vectors. */
export const showDeadLetters = Effect.fn("showDeadLetters")(function* <R>(
  page: Page,
  vectors: VectorsLayer<R>,
) {
  const ofFindings = yield* askReadModels((database) => deadLettersIn(database, page))
  const { total, deadLetters } = ofFindings.answer
  const rest = {
    limit: page.limit - deadLetters.length,
    offset: Math.max(0, page.offset - total),
  }
  const ofVectors = yield* withKeptVectors(
    vectors,
    { total: 0, deadLetters: [] } as DeadLetters, // as the other one is
    ({ read }) => read("list dead letters", (ledger) => deadLettersIn(ledger, rest)),
  )
  return {
    answer: {
      total: total + ofVectors.answer.total,
      deadLetters: [...deadLetters, ...ofVectors.answer.deadLetters],
    },
    warnings: [...ofFindings.warnings, ...ofVectors.warnings],
  } satisfies Answer<DeadLetters>
})

const deadLettersIn = (database: Database, page: Page): DeadLetters => ({
  total: countPoison(database),
  deadLetters: listPoison(database, page),
})

/** What came of a retry: events folded, those left, and keys out of quarantine. */
export interface Retried {
  readonly folded: number
  readonly left: number
  readonly released: number
}

/**
 * Folds what was set aside, as far as it can be folded now: first the keys in quarantine, then what
 * was skipped, then the vectors.
 */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* <R>(
  vectors: VectorsLayer<R>,
) {
  const ofFindings = yield* retryFindings
  const ofVectors = yield* withKeptVectors(vectors, { folded: 0, left: 0 }, (store) =>
    Effect.gen(function* () {
      yield* requireOwnLog
      const skipped = yield* store.read("list dead letters", (ledger) =>
        skippedDeadLetters(ledger, vectorsProjectionName),
      )
      const folded = yield* retryVectors(store, skipped)
      return { folded, left: yield* store.read("count dead letters", countDeadLetters) }
    }),
  )
  return {
    answer: {
      folded: ofFindings.folded + ofVectors.answer.folded,
      left: ofFindings.left + ofVectors.answer.left,
      released: ofFindings.released,
    },
    warnings: ofVectors.warnings,
  } satisfies Answer<Retried>
})

const retryFindings = Effect.gen(function* () {
  const readModel = yield* ReadModel
  const quarantines = yield* readModel.attempt("list quarantines", (database) =>
    quarantinesOf(database, reuseProjectionName),
  )
  let folded = 0
  let released = 0
  for (const { findingId } of quarantines) {
    const retried = yield* releaseQuarantine(findingId)
    folded += retried.folded
    released += retried.released
  }
  const skipped = yield* readModel.attempt("list dead letters", (database) =>
    skippedDeadLetters(database, reuseProjectionName),
  )
  folded += yield* retry(readModelSink(readModel, reuseProjection("announcing")), skipped)
  yield* relayOutbox
  const left = yield* readModel.attempt("count dead letters", countDeadLetters)
  return { folded, left, released }
})
