import type { Database } from "better-sqlite3"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import {
  type CredentialList,
  type CredentialSort,
  listCredentials,
} from "../../projections/queries/listCredentials.ts"
import {
  type ResolvedFindingId,
  resolveFindingId,
} from "../../projections/queries/resolveFindingId.ts"
import { credentialsTable } from "../cli/render/credentialsTable.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { maskFields, maskSecretIn } from "../cli/render/maskSecret.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { type FilterInput, parseFilters } from "./filters.ts"
import { longEnough, unresolved } from "./findingId.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"
import { askReadModels } from "./readModels.ts"

/** Lists who tried which credential where. */
export const showCredentials = Effect.fn("showCredentials")(function* (
  input: FilterInput &
    MomentInput & {
      readonly data: string
      readonly sort: CredentialSort
      readonly finding: Option.Option<string>
      readonly limit: number
      readonly offset: number
      readonly json: boolean
      readonly reveal: boolean
    },
) {
  const { sort, limit, offset, reveal } = input
  const query = { ...(yield* parseFilters(input)), sort, limit, offset }
  const moment = yield* parseAsOf(input)
  const list = yield* Option.match(input.finding, {
    onNone: () => askReadModels(input.data, (database) => listCredentials(database, query), moment),
    onSome: (finding) => credentialsOf(input.data, finding, query, moment),
  })
  yield* Console.log(
    input.json
      ? jsonText({ ...list, credentials: list.credentials.map((row) => masked(row, reveal)) }, 2)
      : credentialsTable(list, { offset, reveal, width: terminalWidth() }),
  )
})

type Query = Parameters<typeof listCredentials>[1]

const credentialsOf = Effect.fnUntraced(function* (
  data: string,
  finding: string,
  query: Query,
  moment: Moment | undefined,
) {
  const id = yield* longEnough(finding)
  const ask = (database: Database): CredentialList | NotOne => {
    const resolved = resolveFindingId(database, id)
    if (resolved._tag !== "Found") return resolved
    return listCredentials(database, { ...query, finding: resolved.id })
  }
  const answer = yield* askReadModels(data, ask, moment)
  return "_tag" in answer ? yield* unresolved(id, answer) : answer
})

type NotOne = Exclude<ResolvedFindingId, { readonly _tag: "Found" }>

const masked = (row: CredentialList["credentials"][number], reveal: boolean) => ({
  ...maskSecretIn(row, reveal),
  fields: maskFields(row.fields, row.secret, reveal),
})
