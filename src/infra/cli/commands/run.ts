import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.ts"
import { load, root } from "../root.ts"

export const run = Command.make(
  "run",
  {
    paths: Argument.String("paths").pipe(
      Argument.withDescription("Files and directories to follow; none to only project and relay"),
      Argument.variadic({ min: 0 }),
    ),
    format: flags.format,
    decky: flags.decky,
    timezone: flags.timezone,
    onPoison: flags.onPoison,
  },
  Effect.fn("run")(function* (input) {
    const { data } = yield* root
    const { runDaemon } = yield* load(() => import("../../app/runDaemon.ts"))
    yield* runDaemon({
      ...input,
      data,
      format: Option.getOrUndefined(input.format),
      decky: Option.getOrUndefined(input.decky),
    })
  }),
).pipe(
  Command.withDescription("Follow sources, keep the read models live and announce, until stopped"),
)
