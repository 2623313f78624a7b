import * as Argument from "effect/cli/Argument"
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
    projections: Argument.Literals("projection", ["credential-reuse", "vectors"]).pipe(
      Argument.withDescription("credential-reuse, the read models, or vectors; both by default"),
      Argument.variadic({ min: 0 }),
    ),
    acceptDifference: Flag.String("accept-difference").pipe(
      Flag.withMetavar("REASON"),
      Flag.withDescription("Switch although the two differ, and record who accepts that and why"),
      Flag.optional,
    ),
    json: flags.json,
  },
  Effect.fn("rebuild")(function* (input) {
    const { data } = yield* root
    const { rebuildProjections } = yield* load(() => import("../../app/rebuildProjections.ts"))
    yield* rebuildProjections({
      ...input,
      data,
      acceptDifference: Option.getOrUndefined(input.acceptDifference),
    })
  }),
).pipe(
  Command.withDescription(
    "Build the read models and the vectors anew beside the live ones, compare, and switch",
  ),
)
