import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.ts"
import { load } from "../load.ts"
import { root } from "../root.ts"

const set = Command.make(
  "set",
  {
    minTargets: Flag.Int("min-targets").pipe(
      Flag.withDescription("Targets that make reuse a finding; at least 2"),
      Flag.optional,
    ),
    excludeEmpty: Flag.Boolean("exclude-empty").pipe(
      Flag.withDescription("Whether an empty secret never makes a finding"),
      Flag.optional,
    ),
    attackersAnnounced: Flag.Int("attackers-announced").pipe(
      Flag.withDescription("New attackers announced one by one; then at each doubling"),
      Flag.optional,
    ),
    excludedKinds: Flag.String("exclude-kind").pipe(
      Flag.withDescription(
        "Kind of secret that never makes a finding, may be repeated; replaces the list, none empties it",
      ),
      Flag.atLeast(0),
    ),
    excludedSecrets: Flag.String("exclude-secret").pipe(
      Flag.withDescription(
        "SHA-256 of a secret that never makes a finding, may be repeated; replaces the list, none empties it",
      ),
      Flag.atLeast(0),
    ),
    json: flags.json,
  },
  Effect.fn("policy set")(function* (input) {
    const { data } = yield* root
    const { changePolicy } = yield* load(() => import("../../app/changePolicy.ts"))
    const exclusions = yield* load(() => import("../../app/exclusions.ts"))
    yield* changePolicy({
      data,
      json: input.json,
      change: {
        minTargets: Option.getOrUndefined(input.minTargets),
        excludeEmpty: Option.getOrUndefined(input.excludeEmpty),
        attackersAnnounced: Option.getOrUndefined(input.attackersAnnounced),
        excludedKinds: yield* exclusions.kinds(input.excludedKinds),
        excludedSecrets: yield* exclusions.secrets(input.excludedSecrets),
      },
    })
  }),
).pipe(Command.withDescription("Put another policy in force from here on"))

export const policy = Command.make(
  "policy",
  { json: flags.json },
  Effect.fn("policy")(function* (input) {
    const { data } = yield* root
    const { showPolicy } = yield* load(() => import("../../app/changePolicy.ts"))
    yield* showPolicy({ ...input, data })
  }),
).pipe(
  Command.withDescription("Show or change what makes reuse a finding"),
  Command.withSubcommands([set]),
)
