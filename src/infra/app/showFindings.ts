import * as Effect from "effect/Effect"
import type { RatingClass } from "../../domain/secret/rating.ts"
import type { Finding } from "../../projections/queries/Finding.ts"
import {
  type FindingFilter,
  type FindingList,
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

/** Findings, or the nearest candidate if there are none. */
export interface ShownFindings extends FindingList {
  readonly nearest?: {
    /** Matching credentials that were tried on too few targets. */
    readonly candidateCount: number
    /** The candidate with the most attackers. */
    readonly finding: Finding
  }
}

/** Lists findings. */
export const showFindings = Effect.fn("showFindings")(function* ({
  moment,
  ...query
}: FindingsQuery) {
  const resolved = yield* resolveFilters(query)
  return yield* askReadModels((database): ShownFindings => {
    const list = listFindings(database, resolved)
    if (list.total > 0 || query.minTargets !== undefined) return list
    const { total, findings } = listFindings(database, {
      ...resolved,
      minTargets: 1,
      sort: "attackers",
      limit: 1,
      offset: 0,
    })
    const [finding] = findings
    return finding === undefined ? list : { ...list, nearest: { candidateCount: total, finding } }
  }, moment)
})
