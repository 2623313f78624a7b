import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type FindingSort, listFindings } from "../../projections/queries/listFindings.ts"
import { findingsTable } from "../cli/render/findingsTable.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { maskSecretIn } from "../cli/render/maskSecret.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { type FilterFlags, filters } from "./filters.ts"
import { type MomentFlags, momentAskedFor } from "./moment.ts"
import { askReadModels } from "./readModels.ts"

/** Lists findings. */
export const showFindings = Effect.fn("showFindings")(function* (
  input: FilterFlags &
    MomentFlags & {
      readonly data: string
      readonly sort: FindingSort
      readonly minTargets: Option.Option<number>
      readonly minAttackers: Option.Option<number>
      readonly limit: number
      readonly offset: number
      readonly json: boolean
      readonly reveal: boolean
    },
) {
  const { sort, limit, offset, reveal } = input
  const query = {
    ...(yield* filters(input)),
    minTargets: Option.getOrUndefined(input.minTargets),
    minAttackers: Option.getOrUndefined(input.minAttackers),
    sort,
    limit,
    offset,
  }
  const list = yield* askReadModels(
    input.data,
    (database) => listFindings(database, query),
    yield* momentAskedFor(input),
  )
  yield* Console.log(
    input.json
      ? jsonText(
          { ...list, findings: list.findings.map((finding) => maskSecretIn(finding, reveal)) },
          2,
        )
      : findingsTable(list, { offset, reveal, width: terminalWidth() }),
  )
})
