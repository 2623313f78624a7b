import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { findingById } from "../../readmodel/queries/findingById.ts"
import { shortestFindingId } from "../../readmodel/queries/resolveFindingId.ts"
import { findingPage } from "../render/findingPage.ts"
import { jsonText } from "../render/jsonText.ts"
import { maskSecretIn } from "../render/maskSecret.ts"
import { terminalWidth } from "../terminalWidth.ts"
import { NotFound, UsageError } from "../UsageError.ts"
import { askReadModels } from "./readModels.ts"

/** Shows one finding. The page applies to each of its lists. */
export const showFinding = Effect.fn("showFinding")(function* (input: {
  readonly data: string
  readonly id: string
  readonly limit: number
  readonly offset: number
  readonly json: boolean
  readonly reveal: boolean
}) {
  const { id, limit, offset, reveal } = input
  if (id.length < shortestFindingId) {
    return yield* new UsageError({
      message: `"${id}" is too short: give at least ${shortestFindingId} characters of the finding's id`,
    })
  }
  const page = { limit, offset }
  const found = yield* askReadModels(input.data, (database) =>
    findingById(database, id, { targets: page, attackers: page, history: page }),
  )
  switch (found._tag) {
    case "Missing":
      return yield* new NotFound({
        message: `no finding has the id ${id}: credtrail findings lists them`,
      })
    case "Ambiguous":
      return yield* new UsageError({
        message: `several findings begin with ${id}: ${found.ids.join(", ")}`,
      })
    case "Found":
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
  }
})
