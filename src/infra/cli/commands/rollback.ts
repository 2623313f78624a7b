import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening, root } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const rollback = Command.make("rollback", { json: flags.json }).pipe(
  Command.withDescription("Switch back to the previous generation of the read models"),
)

export const runRollback = Effect.fn("rollback")(function* (
  { json }: InputOf<typeof rollback>,
  history: Opening<EventLog>,
) {
  const { data } = yield* root
  const { rollBackReadModels } = yield* load(() => import("../../app/rollBackReadModels.ts"))
  yield* printAnswer(rollBackReadModels(data).pipe(Effect.provide(history)), (answer) =>
    json
      ? jsonText(answer, 2)
      : `generation ${answer.generation} is current again; generation ${answer.previous} is kept`,
  )
})
