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
import { readModelSink } from "../readmodel/project.ts"
import { releaseQuarantine } from "../readmodel/quarantine/releaseQuarantine.ts"
import { retryDeadLetters as retry } from "../readmodel/quarantine/retryDeadLetters.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { relayOutbox } from "../readmodel/relayOutbox.ts"
import type { Answer } from "./Answer.ts"
import { askReadModels } from "./askReadModels.ts"

/** A page of the events that could not be folded, and how many there are. */
export interface DeadLetters {
  readonly total: number
  readonly deadLetters: ReadonlyArray<ListedDeadLetter>
}

/** Lists the events that could not be folded. */
export const showDeadLetters = Effect.fn("showDeadLetters")((page: Page) =>
  askReadModels(
    (database): DeadLetters => ({
      total: countPoison(database),
      deadLetters: listPoison(database, page),
    }),
  ),
)

/** What came of a retry: events folded, those left, and keys out of quarantine. */
export interface Retried {
  readonly folded: number
  readonly left: number
  readonly released: number
}

/** Folds what was set aside, as far as it can be folded now: first the keys in quarantine. */
export const retryDeadLetters = Effect.fn("retryDeadLetters")(function* () {
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
  return { answer: { folded, left, released }, warnings: [] } satisfies Answer<Retried>
})
