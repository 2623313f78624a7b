import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.ts"
import { load, root } from "../root.ts"

export const ingest = Command.make(
  "ingest",
  {
    paths: Argument.String("paths").pipe(
      Argument.withDescription("Files, directories, or - for standard input; gzip is recognised"),
      Argument.variadic({ min: 1 }),
    ),
    format: flags.format,
    decky: flags.decky,
    timezone: flags.timezone,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDescription("Keep reading files that grow, rotate or appear"),
      Flag.withDefault(false),
    ),
    onPoison: flags.onPoison,
    json: flags.json,
  },
  Effect.fn("ingest")(function* (input) {
    const { data } = yield* root
    const { ingestFiles } = yield* load(() => import("../../app/ingestFiles.ts"))
    yield* ingestFiles({
      ...input,
      data,
      format: Option.getOrUndefined(input.format),
      decky: Option.getOrUndefined(input.decky),
    })
  }),
).pipe(
  Command.withDescription("Read honeypot logs into the event log and fold them into findings"),
  Command.withExamples([
    { command: "credtrail ingest logs/ --decky '{dir}'", description: "A directory per host" },
    {
      command: "credtrail ingest ssh-honeypot.log --decky edge-01 --timezone Europe/Oslo",
      description: "A log whose times carry no zone",
    },
  ]),
)
