import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CredentialSort, listCredentials } from "../../readmodel/queries/listCredentials.ts"
import { credentialsTable } from "../render/credentialsTable.ts"
import { jsonText } from "../render/jsonText.ts"
import { maskSecretIn } from "../render/maskSecret.ts"
import { terminalWidth } from "../terminalWidth.ts"
import { type FilterFlags, filters } from "./filters.ts"
import { askReadModels } from "./readModels.ts"

/** Lists who tried which credential where. */
export const showCredentials = Effect.fn("showCredentials")(function* (
  input: FilterFlags & {
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
  const query = {
    ...(yield* filters(input)),
    finding: Option.getOrUndefined(input.finding),
    sort,
    limit,
    offset,
  }
  const list = yield* askReadModels(input.data, (database) => listCredentials(database, query))
  yield* Console.log(
    input.json
      ? jsonText(
          { ...list, credentials: list.credentials.map((row) => maskSecretIn(row, reveal)) },
          2,
        )
      : credentialsTable(list, { offset, reveal, width: terminalWidth() }),
  )
})
