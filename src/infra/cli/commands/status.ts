import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const status = Command.make(
  "status",
  { json: flags.json },
  Effect.fn("status")(function* (input) {
    const { data } = yield* root
    const { showStatus } = yield* load(() => import("../../app/showStatus.ts"))
    yield* showStatus({ ...input, data })
  }),
).pipe(
  Command.withDescription("Show the log, every projection, the outbox, dead letters and rejects"),
)
