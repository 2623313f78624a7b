import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { findingById } from "../../projections/queries/findingById.ts"
import { findingPage } from "../cli/render/findingPage.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { maskSecretIn } from "../cli/render/maskSecret.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { longEnough, unresolved } from "./findingId.ts"
import { type MomentInput, parseAsOf } from "./moment.ts"
import { askReadModels } from "./readModels.ts"

/** Shows one finding. The page applies to each of its lists. */
export const showFinding = Effect.fn("showFinding")(function* (
  input: MomentInput & {
    readonly data: string
    readonly id: string
    readonly limit: number
    readonly offset: number
    readonly json: boolean
    readonly reveal: boolean
  },
) {
  const { limit, offset, reveal } = input
  const id = yield* longEnough(input.id)
  const moment = yield* parseAsOf(input)
  const page = { limit, offset }
  const found = yield* askReadModels(
    input.data,
    (database) => findingById(database, id, { targets: page, attackers: page, history: page }),
    moment,
  )
  if (found._tag !== "Found") return yield* unresolved(id, found, moment)
  yield* Console.log(
    input.json
      ? jsonText(maskSecretIn(found.finding, reveal), 2)
      : findingPage(found.finding, {
          reveal,
          width: terminalWidth(),
          targetOffset: offset,
          attackerOffset: offset,
          historyOffset: offset,
        }),
  )
})
