import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { EventLog } from "../../eventlog/EventLog.ts"
import type { ReadModel } from "../../readmodel/ReadModel.ts"
import * as flags from "../flags.ts"
import { jsonText } from "../render/visible.ts"
import { type InputOf, load, type Opening } from "../root.ts"
import { printAnswer } from "../standardOutput.ts"

export const policy = Command.make("policy", { json: flags.json }).pipe(
  Command.withDescription("Show or change what makes reuse a finding"),
)

export const printPolicy = Effect.fn("policy")(function* (
  { json }: InputOf<typeof policy>,
  reading: Opening<EventLog>,
) {
  const { currentPolicy } = yield* load(() => import("../../app/changePolicy.ts"))
  const { policyText } = yield* load(() => import("../render/policyText.ts"))
  yield* printAnswer(currentPolicy().pipe(Effect.provide(reading)), (answer) =>
    json ? jsonText(answer, 2) : policyText(answer),
  )
})

export const policySet = Command.make("set", {
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
  followedFromBits: Flag.Int("followed-from").pipe(
    Flag.withMetavar("BITS"),
    Flag.withDescription(
      "How surprising a secret must be for its growth to be announced closely; else at doublings",
    ),
    Flag.optional,
  ),
  excludedKinds: Flag.String("exclude-kind").pipe(
    Flag.withDescription(
      "Kind of secret that never makes a finding, may be repeated; added to the list, none empties it",
    ),
    Flag.atLeast(0),
  ),
  onlyKinds: Flag.String("only-kinds").pipe(
    Flag.withMetavar("KINDS"),
    Flag.withDescription("The only kinds of secret that make findings, with commas in between"),
    Flag.optional,
  ),
  excludedSecrets: Flag.String("exclude-secret").pipe(
    Flag.withDescription(
      "Digest of a secret that never makes a finding, may be repeated; added to the list, none empties it",
    ),
    Flag.atLeast(0),
  ),
  reset: Flag.Boolean("reset").pipe(
    Flag.withDescription("Start from the default policy instead of the current one"),
    Flag.withDefault(false),
  ),
  json: flags.json,
}).pipe(Command.withDescription("Change the policy from now on"))

export const printPolicyChange = Effect.fn("policy set")(function* (
  { json, ...input }: InputOf<typeof policySet>,
  writing: Opening<EventLog | ReadModel>,
) {
  const { changePolicy, parsePolicyChange } = yield* load(() => import("../../app/changePolicy.ts"))
  const { policyChangeText } = yield* load(() => import("../render/policyText.ts"))
  const query = yield* parsePolicyChange({
    ...input,
    minTargets: Option.getOrUndefined(input.minTargets),
    excludeEmpty: Option.getOrUndefined(input.excludeEmpty),
    attackersAnnounced: Option.getOrUndefined(input.attackersAnnounced),
    followedFromBits: Option.getOrUndefined(input.followedFromBits),
    onlyKinds: Option.match(input.onlyKinds, {
      onNone: () => [],
      onSome: (text) => text.split(","),
    }),
  })
  yield* printAnswer(changePolicy(query).pipe(Effect.provide(writing)), (outcome) =>
    json ? jsonText(outcome, 2) : policyChangeText(outcome),
  )
})
