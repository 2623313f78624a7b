import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const rollback = Command.make(
  "rollback",
  { json: flags.json },
  Effect.fn("rollback")(function* (input) {
    const { data } = yield* root
    const { rollBackReadModels } = yield* load(() => import("../../app/rollBackReadModels.ts"))
    yield* rollBackReadModels({ ...input, data })
  }),
).pipe(Command.withDescription("Go back to the generation of the read models before the last"))
