import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { LogAvailability } from "../../eventlog/LogAvailability.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer, reasonGiven, revealedIf } from "../standardOutput.ts"

export const whatIf = Command.make("what-if", {
  minTargets: Flag.Int("min-targets").pipe(
    Flag.withDescription("Minimum targets of a finding; at least 2"),
    flags.orUndefined,
  ),
  excludeEmpty: Flag.Boolean("exclude-empty").pipe(
    Flag.withDescription("Whether to ignore empty secrets"),
    flags.orUndefined,
  ),
  excludedKinds: Flag.String("exclude-kind").pipe(
    Flag.withDescription("Kind of secret to ignore; repeat for more, none clears the list"),
    Flag.atLeast(0),
  ),
  excludedSecrets: Flag.String("exclude-secret").pipe(
    Flag.withDescription("Digest of a secret to ignore; repeat for more, none clears the list"),
    Flag.atLeast(0),
  ),
  policies: Flag.String("policy").pipe(
    Flag.withMetavar("SETTINGS"),
    Flag.withDescription(
      "Another policy, such as min-targets=3,exclude-empty=false; repeat to compare several",
    ),
    Flag.atLeast(0),
  ),
  since: Flag.String("since").pipe(
    Flag.withDescription("Count only captures seen at or after this time, e.g. 2026-03-01"),
    flags.orUndefined,
  ),
  until: Flag.String("until").pipe(
    Flag.withDescription("Count only captures seen at or before this time"),
    flags.orUndefined,
  ),
  service: flags.names("service", "Count only captures on these services, e.g. ssh,telnet"),
  decky: flags.names("decky", "Count only captures on these deckies; * stands for any text"),
  ignoreDecky: flags.names("ignore-decky", "Leave these deckies out, e.g. 'lab-*,edge-01'"),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("Examples of each kind, 1 to 1000; 10 by default"),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
    Flag.withDefault(10),
  ),
  json: flags.json,
  ...flags.revealing,
}).pipe(
  Command.withDescription(
    "Show how findings would change under another policy, or with some data left out",
  ),
  Command.withExamples([
    {
      command: "credtrail what-if --min-targets 3 --exclude-empty=false",
      description: "Under another policy",
    },
    {
      command: "credtrail what-if --policy min-targets=3 --policy min-targets=4",
      description: "Under two",
    },
    {
      command: "credtrail what-if --service ssh,telnet --ignore-decky 'lab-*'",
      description: "With some data left out",
    },
  ]),
)

export const printWhatIf = Effect.fn("what-if")(function* (
  { json, reveal, reason, ...input }: InputOf<typeof whatIf>,
  reading: Opening<EventLog | LogAvailability | ReadModel>,
) {
  const { askWhatIf, parseWhatIfQuery } = yield* load(() => import("../../app/askWhatIf.ts"))
  const { whatIfJson, whatIfText } = yield* load(() => import("../render/whatIfText.ts"))
  yield* reasonGiven({ reveal, reason })
  const query = yield* parseWhatIfQuery(input)
  yield* printAnswer(
    askWhatIf(query).pipe(Effect.provide(reading), revealedIf({ reveal, reason }, "what-if")),
    (answered, width) => (json ? whatIfJson(answered) : whatIfText(answered, { offset: 0, width })),
  )
})
