import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const tail = Command.make(
  "tail",
  {
    topic: Argument.String("topic").pipe(
      Argument.withDescription("An event type; * stands for one token, > for the rest"),
    ),
    from: Flag.String("from").pipe(
      Flag.withDescription("start, now (the default) or a position: only what comes after it"),
      Flag.withDefault("now"),
    ),
    follow: Flag.Boolean("follow").pipe(
      Flag.withDescription("Wait for what comes; --no-follow ends at the end of the log"),
      Flag.withDefault(true),
    ),
    json: flags.json,
    reveal: flags.reveal,
  },
  Effect.fn("tail")(function* (input) {
    const { data } = yield* root
    const { tailTopic } = yield* load(() => import("../../app/tailTopic.ts"))
    yield* tailTopic({ ...input, data })
  }),
).pipe(
  Command.withDescription("Follow the events of a topic"),
  Command.withExamples([
    { command: "credtrail tail 'credential.>'", description: "Captures and findings as they come" },
    {
      command: "credtrail tail credential.reuse.detected --from start --json",
      description: "Every announcement ever made, then new ones",
    },
  ]),
)
