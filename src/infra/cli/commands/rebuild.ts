import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const rebuild = Command.make(
  "rebuild",
  {
    acceptDifference: Flag.String("accept-difference").pipe(
      Flag.withMetavar("REASON"),
      Flag.withDescription("Switch although the two differ, and record who accepts that and why"),
      Flag.optional,
    ),
    json: flags.json,
  },
  Effect.fn("rebuild")(function* (input) {
    const { data } = yield* root
    const { rebuildReadModels } = yield* load(() => import("../actions/rebuildReadModels.ts"))
    yield* rebuildReadModels({
      data,
      json: input.json,
      acceptDifference: Option.getOrUndefined(input.acceptDifference),
    })
  }),
).pipe(
  Command.withDescription(
    "Build the read models anew beside the live ones, compare the two, and switch",
  ),
)
