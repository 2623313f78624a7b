import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

export const credentials = Command.make(
  "credentials",
  {
    sort: Flag.Literals("sort", ["last-seen", "first-seen", "attempts"]).pipe(
      Flag.withDescription("What comes first"),
      Flag.withDefault("last-seen"),
    ),
    service: flags.service,
    decky: flags.deckyFilter,
    attacker: flags.attacker,
    secretKind: flags.secretKind,
    principal: flags.principal,
    secret: flags.secretSha256,
    password: flags.password,
    finding: Flag.String("finding").pipe(
      Flag.withDescription("Only what belongs to the finding with this id"),
      Flag.optional,
    ),
    since: flags.since,
    until: flags.until,
    asOf: flags.asOf,
    by: flags.by,
    limit: flags.limit,
    offset: flags.offset,
    json: flags.json,
    reveal: flags.reveal,
  },
  Effect.fn("credentials")(function* (input) {
    const { data } = yield* root
    const { showCredentials } = yield* load(() => import("../../app/showCredentials.ts"))
    yield* showCredentials({ ...input, data })
  }),
).pipe(
  Command.withDescription("List who tried which credential where"),
  Command.withExamples([
    {
      command: "credtrail credentials --password hunter2",
      description: "All attempts with a secret",
    },
    {
      command: "credtrail credentials --attacker 192.0.2.7",
      description: "All attempts of an attacker",
    },
  ]),
)
