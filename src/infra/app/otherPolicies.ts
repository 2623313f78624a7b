import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { type PolicyChange, ReusePolicy } from "../../domain/finding/policy.ts"
import { UsageError } from "./Answer.ts"
import { type ExclusionInput, exclusions } from "./exclusions.ts"

/** In what a policy differs from the present one. How much is announced makes no finding. */
type Differences = Omit<PolicyChange, "attackersAnnounced" | "followedFromBits">

/** A policy that is asked about: how it was asked for, and in what it differs from the present. */
export interface OtherPolicy {
  readonly asked: string
  readonly differences: Differences
}

/** What says what another policy is, as somebody wrote it. */
export interface PolicyInput extends ExclusionInput {
  readonly minTargets: number | undefined
  readonly excludeEmpty: boolean | undefined
  /** More of them, each as a text: `min-targets=3,exclude-empty=false`. */
  readonly policies: ReadonlyArray<string>
}

/** The policies that are asked about: that of the single settings, if any is given, and each text. */
export const parseOtherPolicies = Effect.fnUntraced(function* (
  input: PolicyInput,
): Effect.fn.Return<ReadonlyArray<OtherPolicy>, UsageError> {
  const { minTargets, excludeEmpty } = input
  const own = [
    ...(minTargets === undefined ? [] : [setting("min-targets", String(minTargets))]),
    ...(excludeEmpty === undefined ? [] : [setting("exclude-empty", String(excludeEmpty))]),
    ...input.excludedKinds.map((value) => setting("exclude-kind", value)),
    ...input.excludedSecrets.map((value) => setting("exclude-secret", value)),
  ]
  const given = [
    ...(own.length === 0 ? [] : [own]),
    ...(yield* Effect.forEach(input.policies, settingsOf)),
  ]
  return yield* Effect.forEach(given, otherPolicy)
})

interface Setting {
  readonly name: string
  readonly value: string
}

const setting = (name: string, value: string): Setting => ({ name, value })

const settingsOf = (text: string): Effect.Effect<ReadonlyArray<Setting>, UsageError> =>
  Effect.forEach(text.split(","), (part) => {
    const [, name = "", value = ""] = /^\s*([a-z-]+)=(\S+)\s*$/.exec(part) ?? []
    return names.includes(name)
      ? Effect.succeed({ name, value })
      : Effect.fail(
          new UsageError({
            message: `--policy "${text}": expected settings such as min-targets=3,exclude-empty=false; there are ${names.join(", ")}`,
          }),
        )
  })

const names: ReadonlyArray<string> = [
  "min-targets",
  "exclude-empty",
  "exclude-kind",
  "exclude-secret",
]

const otherPolicy = Effect.fnUntraced(function* (
  settings: ReadonlyArray<Setting>,
): Effect.fn.Return<OtherPolicy, UsageError> {
  const values = (name: string): ReadonlyArray<string> =>
    settings.filter((given) => given.name === name).map(({ value }) => value)
  const excluded = yield* exclusions({
    excludedKinds: values("exclude-kind"),
    excludedSecrets: values("exclude-secret"),
  })
  const minTargets = yield* single(values("min-targets"), minTargetsOf)
  const excludeEmpty = yield* single(values("exclude-empty"), excludeEmptyOf)
  return {
    asked: settings.map(({ name, value }) => `${name}=${value}`).join(","),
    differences: {
      ...(minTargets === undefined ? {} : { minTargets }),
      ...(excludeEmpty === undefined ? {} : { excludeEmpty }),
      ...excluded,
    },
  }
})

const single = <A>(
  values: ReadonlyArray<string>,
  read: (value: string) => Effect.Effect<A, UsageError>,
): Effect.Effect<A | undefined, UsageError> => {
  const [value, ...more] = values
  if (value === undefined) return Effect.succeed(undefined)
  if (more.length === 0) return read(value)
  return Effect.fail(
    new UsageError({
      message: `one policy has one value of each setting, not ${values.join(" and ")}`,
    }),
  )
}

const decodeMinTargets = Schema.decodeUnknownOption(ReusePolicy.fields.minTargets)

const minTargetsOf = (value: string): Effect.Effect<number, UsageError> =>
  Option.match(decodeMinTargets(/^\d{1,9}$/.test(value) ? Number(value) : undefined), {
    onNone: () =>
      Effect.fail(
        new UsageError({ message: `min-targets is a number from 2 to 1000000, not "${value}"` }),
      ),
    onSome: Effect.succeed,
  })

const excludeEmptyOf = (value: string): Effect.Effect<boolean, UsageError> =>
  value === "true" || value === "false"
    ? Effect.succeed(value === "true")
    : Effect.fail(new UsageError({ message: `exclude-empty is true or false, not "${value}"` }))
