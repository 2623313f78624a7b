import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const rejects = Command.make(
  "rejects",
  { limit: flags.limit, offset: flags.offset, json: flags.json, reveal: flags.reveal },
  Effect.fn("rejects")(function* (input) {
    const { data } = yield* root
    const { showRejects } = yield* load(() => import("../../app/showRejects.ts"))
    yield* showRejects({ ...input, data })
  }),
).pipe(
  Command.withDescription(
    "List the lines that were not understood: file, line, reason; with --reveal the content",
  ),
)
