import * as Effect from "effect/Effect"
import {
  type CredentialFilter,
  type CredentialSort,
  listCredentials,
} from "../../projections/queries/listCredentials.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { resolveFindingId } from "../../projections/queries/resolveFindingId.ts"
import { askReadModels } from "./askReadModels.ts"
import { type FilterInput, type Filters, parseFilters, resolveFilters } from "./filters.ts"
import { parseFindingId, unresolvedFinding } from "./findingId.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"

interface CredentialsInput extends FilterInput, MomentInput, Page {
  readonly sort: CredentialSort
  readonly finding: string | undefined
}

interface CredentialsQuery extends CredentialFilter, Page, Pick<Filters, "asked"> {
  readonly sort: CredentialSort
  readonly moment: Moment | undefined
}

/** Checks which credentials are wanted; fails with a `UsageError`. */
export const parseCredentialsQuery = Effect.fnUntraced(function* (input: CredentialsInput) {
  const { sort, limit, offset } = input
  const filters = yield* parseFilters(input)
  const moment = yield* parseAsOf(input)
  const finding = input.finding === undefined ? undefined : yield* parseFindingId(input.finding)
  return { ...filters, finding, sort, limit, offset, moment }
})

/** Lists who tried which credential where; `finding` may be the beginning of an id. */
export const showCredentials = Effect.fn("showCredentials")(function* ({
  moment,
  ...asked
}: CredentialsQuery) {
  const query = yield* resolveFilters(asked)
  const { finding } = query
  if (finding === undefined) {
    return yield* askReadModels((database) => listCredentials(database, query), moment)
  }
  const { answer, warnings } = yield* askReadModels((database) => {
    const resolved = resolveFindingId(database, finding)
    if (resolved._tag !== "Found") return resolved
    return listCredentials(database, { ...query, finding: resolved.id })
  }, moment)
  if ("_tag" in answer) return yield* unresolvedFinding(finding, answer, warnings)
  return { answer, warnings }
})
