import * as Effect from "effect/Effect"
import type { RatingClass } from "../../domain/secret/rating.ts"
import {
  type FindingFilter,
  type FindingSort,
  listFindings,
} from "../../projections/queries/listFindings.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { askReadModels } from "./askReadModels.ts"
import { type FilterInput, type Filters, parseFilters, resolveFilters } from "./filters.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"

interface FindingsInput extends FilterInput, MomentInput, Page {
  readonly sort: FindingSort
  readonly minTargets: number | undefined
  readonly minAttackers: number | undefined
  readonly ratingClass: RatingClass | undefined
  readonly minRank: number | undefined
}

interface FindingsQuery extends FindingFilter, Page, Pick<Filters, "asked"> {
  readonly sort: FindingSort
  readonly moment: Moment | undefined
}

/** Checks which findings are wanted; fails with a `UsageError`. */
export const parseFindingsQuery = Effect.fnUntraced(function* (input: FindingsInput) {
  const { sort, minTargets, minAttackers, ratingClass, minRank, limit, offset } = input
  const filters = yield* parseFilters(input)
  const moment = yield* parseAsOf(input)
  const least = { minTargets, minAttackers, minRank }
  return { ...filters, ...least, ratingClass, sort, limit, offset, moment }
})

/** Lists findings. */
export const showFindings = Effect.fn("showFindings")(function* ({
  moment,
  ...query
}: FindingsQuery) {
  const resolved = yield* resolveFilters(query)
  return yield* askReadModels((database) => listFindings(database, resolved), moment)
})
