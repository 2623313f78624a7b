import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

const place = (name: string, description: string) =>
  Flag.String(name).pipe(Flag.withMetavar("LOG"), Flag.withDescription(description))

const copy = Command.make(
  "copy",
  {
    from: place("from", "The log to copy: embedded, embedded:DIR, eventstore, or esdb://..."),
    to: place("to", "The log to copy into, likewise; empty, or an earlier copy of the same"),
    json: flags.json,
  },
  Effect.fn("log copy")(function* (input) {
    const { data, eventstore } = yield* root
    const { copyHistory } = yield* load(() => import("../../app/copyHistory.ts"))
    yield* copyHistory({ ...input, data, eventstore: Option.getOrUndefined(eventstore) })
  }),
).pipe(
  Command.withDescription(
    "Copy a history into another log, with ids, order and times; goes on where it was stopped",
  ),
  Command.withExamples([
    {
      command: "credtrail log copy --from embedded --to esdb://db.example:2113",
      description: "From the data directory to a server",
    },
  ]),
)

export const log = Command.make("log").pipe(
  Command.withDescription("Move the event log"),
  Command.withSubcommands([copy]),
)
