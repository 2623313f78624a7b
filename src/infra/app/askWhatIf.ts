import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import { getOrUndefined } from "effect/Option"
import { currentPolicy } from "../../projections/reuse/policies.ts"
import { isWhole, type Subset } from "../../projections/whatIf/Subset.ts"
import { type Kind, type Outcome, type WhatIf, whatIf } from "../../projections/whatIf/whatIf.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { maskSecretIn } from "../cli/render/maskSecret.ts"
import { whatIfText } from "../cli/render/whatIfText.ts"
import { terminalWidth } from "../cli/terminalWidth.ts"
import { parseInstant } from "./filters.ts"
import { otherPolicies, type PolicyFlags } from "./otherPolicies.ts"
import { askReadModels } from "./readModels.ts"
import { UsageError } from "./UsageError.ts"

/** The flags that say which captures count. */
export interface SubsetFlags {
  readonly since: Option.Option<string>
  readonly until: Option.Option<string>
  /** Names and patterns, with commas in between. */
  readonly service: Option.Option<string>
  readonly decky: Option.Option<string>
  readonly ignoreDecky: Option.Option<string>
}

/** The answer: which captures counted, and what comes of each policy, as it was asked for. */
export interface AnsweredWhatIf extends WhatIf {
  readonly subset: Subset
  readonly outcomes: ReadonlyArray<AnsweredOutcome>
}

export interface AnsweredOutcome extends Outcome {
  /** `null` where none was: history's own policy. */
  readonly asked: string | null
}

/** Shows what the findings would be under other policies, or without some of the captures. */
export const askWhatIf = Effect.fn("askWhatIf")(function* (
  input: PolicyFlags &
    SubsetFlags & {
      readonly data: string
      readonly limit: number
      readonly json: boolean
      readonly reveal: boolean
    },
) {
  const { limit, reveal } = input
  const subset = yield* subsetOf(input)
  const others = yield* otherPolicies(input)
  if (others.length === 0 && isWhole(subset)) {
    return yield* new UsageError({
      message:
        "say what is to be different, e.g. --min-targets 3 or --ignore-decky 'lab-*' (see credtrail what-if --help)",
    })
  }
  const found = yield* askReadModels(input.data, (database) => {
    const present = currentPolicy(database)
    const policies = others.map(({ differences }) => ({ ...present, ...differences }))
    return whatIf(database, { subset, policies: policies.length === 0 ? [null] : policies, limit })
  })
  const answered: AnsweredWhatIf = {
    ...found,
    subset,
    outcomes: found.outcomes.map((outcome, n) => ({ asked: others[n]?.asked ?? null, ...outcome })),
  }
  yield* Console.log(
    input.json
      ? jsonText(masked(answered, reveal), 2)
      : whatIfText(answered, { offset: 0, reveal, width: terminalWidth() }),
  )
})

const subsetOf = Effect.fnUntraced(function* (
  flags: SubsetFlags,
): Effect.fn.Return<Subset, UsageError> {
  const since = yield* parseInstant("--since", getOrUndefined(flags.since), "000000")
  const until = yield* parseInstant("--until", getOrUndefined(flags.until), "235959")
  if (since !== undefined && until !== undefined && until < since) {
    return yield* new UsageError({ message: `--until ${until} lies before --since ${since}` })
  }
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    services: yield* namesIn("--service", flags.service),
    deckies: yield* namesIn("--decky", flags.decky),
    ignoredDeckies: yield* namesIn("--ignore-decky", flags.ignoreDecky),
  }
})

const namesIn = (
  flag: string,
  given: Option.Option<string>,
): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  const text = getOrUndefined(given)
  if (text === undefined) return Effect.succeed([])
  const names = text.split(",").map((name) => name.trim())
  return names.includes("")
    ? Effect.fail(new UsageError({ message: `${flag} "${text}" has an empty name in it` }))
    : Effect.succeed(names)
}

const masked = (answered: AnsweredWhatIf, reveal: boolean) => {
  const { position, subset, captureCount, presentCount, outcomes } = answered
  const kind = ({ count, examples }: Kind) => ({
    count,
    examples: examples.map((example) => maskSecretIn(example, reveal)),
  })
  return {
    position,
    subset,
    captureCount,
    presentCount,
    outcomes: outcomes.map((outcome) => ({
      ...outcome,
      appear: kind(outcome.appear),
      disappear: kind(outcome.disappear),
      change: kind(outcome.change),
    })),
  }
}
