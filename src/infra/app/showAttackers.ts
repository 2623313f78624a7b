import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type AttackerSort, listAttackers } from "../../projections/queries/listAttackers.ts"
import { attackersTable } from "../cli/render/attackersTable.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { parseAttacker } from "./filters.ts"
import { type MomentInput, parseAsOf } from "./moment.ts"
import { askReadModels } from "./readModels.ts"

/** Lists attackers. */
export const showAttackers = Effect.fn("showAttackers")(function* (
  input: MomentInput & {
    readonly data: string
    readonly attacker: string | undefined
    readonly sort: AttackerSort
    readonly limit: number
    readonly offset: number
    readonly json: boolean
  },
) {
  const { sort, limit, offset } = input
  const attacker = yield* parseAttacker(input.attacker)
  const list = yield* askReadModels(
    input.data,
    (database) => listAttackers(database, { attacker, sort, limit, offset }),
    yield* parseAsOf(input),
  )
  yield* Console.log(
    input.json ? jsonText(list, 2) : attackersTable(list, { offset, width: terminalWidth() }),
  )
})
