import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const verify = Command.make(
  "verify",
  { json: flags.json },
  Effect.fn("verify")(function* (input) {
    const { data } = yield* root
    const { verifyReadModels } = yield* load(() => import("../../app/verifyReadModels.ts"))
    yield* verifyReadModels({ ...input, data })
  }),
).pipe(
  Command.withDescription(
    "Compare the read models, and what was announced, with what the log comes to",
  ),
)
