import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const why = Command.make("why", {
  id: Argument.String("id").pipe(
    Argument.withDescription("The finding's id, or its beginning: at least 8 characters"),
  ),
  json: flags.json,
}).pipe(Command.withDescription("Show the smallest set of captures that makes this a finding"))

export const printWhy = Effect.fn("why")(function* (
  { id, json }: InputOf<typeof why>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { showWhy } = yield* load(() => import("../../app/showWhy.ts"))
  const { parseFindingId } = yield* load(() => import("../../app/findingId.ts"))
  const { whyText } = yield* load(() => import("../render/whyText.ts"))
  const query = { id: yield* parseFindingId(id) }
  yield* printAnswer(showWhy(query).pipe(Effect.provide(reading)), (why, width) =>
    json ? jsonText(why, 2) : whyText(why, width),
  )
})
