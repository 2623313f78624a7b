import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const doctor = Command.make(
  "doctor",
  { json: flags.json },
  Effect.fn("doctor")(function* (input) {
    const { data } = yield* root
    const { runDoctor } = yield* load(() => import("../../app/runDoctor.ts"))
    yield* runDoctor({ ...input, data })
  }),
).pipe(
  Command.withDescription(
    "Look for what keeps credtrail from working, and say what to do about it",
  ),
)
