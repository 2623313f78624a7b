import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const why = Command.make(
  "why",
  {
    id: Argument.String("id").pipe(
      Argument.withDescription("The finding's id, or its beginning: at least 8 characters"),
    ),
    json: flags.json,
  },
  Effect.fn("why")(function* (input) {
    const { data } = yield* root
    const { showWhy } = yield* load(() => import("../../app/showWhy.ts"))
    yield* showWhy({ ...input, data })
  }),
).pipe(Command.withDescription("Show the fewest captures that make a finding one"))
