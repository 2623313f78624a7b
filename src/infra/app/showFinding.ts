import * as Effect from "effect/Effect"
import { findingById } from "../../projections/queries/findingById.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { askReadModels } from "./askReadModels.ts"
import { parseFindingId, unresolvedFinding } from "./findingId.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"

interface FindingInput extends MomentInput, Page {
  readonly id: string
}

interface FindingQuery extends Page {
  readonly id: string
  readonly moment: Moment | undefined
}

/** Checks which finding is wanted, and of when; fails with a `UsageError`. */
export const parseFindingQuery = Effect.fnUntraced(function* (input: FindingInput) {
  const { limit, offset } = input
  const id = yield* parseFindingId(input.id)
  return { id, limit, offset, moment: yield* parseAsOf(input) }
})

/** Shows one finding. The page applies to each of its lists. */
export const showFinding = Effect.fn("showFinding")(function* (query: FindingQuery) {
  const { id, moment, ...page } = query
  const { answer: found, warnings } = yield* askReadModels(
    (database) => findingById(database, id, { targets: page, attackers: page, history: page }),
    moment,
  )
  if (found._tag !== "Found") return yield* unresolvedFinding(id, found, warnings, moment)
  return { answer: found.finding, warnings }
})
