import * as Effect from "effect/Effect"
import { changedPolicy } from "../../domain/finding/policy.ts"
import { currentPolicy } from "../../projections/reuse/policies.ts"
import { isWhole, type Subset } from "../../projections/whatIf/Subset.ts"
import { type Outcome, type WhatIf, whatIf } from "../../projections/whatIf/whatIf.ts"
import { UsageError } from "./Answer.ts"
import { askReadModels } from "./askReadModels.ts"
import { existingKinds } from "./exclusions.ts"
import { seenNames } from "./filters.ts"
import { parseRange, type RangeInput } from "./moment.ts"
import { type OtherPolicy, type PolicyInput, parseOtherPolicies } from "./otherPolicies.ts"

interface WhatIfInput extends PolicyInput, SubsetInput {
  /** Examples of each kind. */
  readonly limit: number
}

/** Which captures count, as somebody wrote it. */
interface SubsetInput extends RangeInput {
  /** Names and patterns, with commas in between. */
  readonly service: string | undefined
  readonly decky: string | undefined
  readonly ignoreDecky: string | undefined
}

interface WhatIfQuery {
  readonly subset: Subset
  readonly policies: ReadonlyArray<OtherPolicy>
  readonly limit: number
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

/** Checks what is to be different; fails with a `UsageError`, also where nothing is. */
export const parseWhatIfQuery = Effect.fnUntraced(function* (input: WhatIfInput) {
  const subset = yield* parseSubset(input)
  const policies = yield* parseOtherPolicies(input)
  if (policies.length === 0 && isWhole(subset)) {
    return yield* new UsageError({
      message:
        "give at least one change, e.g. --min-targets 3 or --ignore-decky 'lab-*' (see credtrail what-if --help)",
    })
  }
  return { subset, policies, limit: input.limit }
})

/** Shows what the findings would be under other policies, or without some of the captures. */
export const askWhatIf = Effect.fn("askWhatIf")(function* (query: WhatIfQuery) {
  const { policies, limit } = query
  for (const { differences } of policies) yield* existingKinds(differences)
  const subset = { ...query.subset, services: yield* seenNames("service", query.subset.services) }
  const { answer: found, warnings } = yield* askReadModels((database) => {
    const present = currentPolicy(database)
    const others = policies.map(({ differences }) => changedPolicy(present, differences))
    return whatIf(database, { subset, policies: others.length === 0 ? [null] : others, limit })
  })
  const answer: AnsweredWhatIf = {
    position: found.position,
    subset,
    captureCount: found.captureCount,
    presentCount: found.presentCount,
    outcomes: found.outcomes.map((outcome, n) => ({
      asked: policies[n]?.asked ?? null,
      ...outcome,
    })),
  }
  return { answer, warnings }
})

const parseSubset = Effect.fnUntraced(function* (
  input: SubsetInput,
): Effect.fn.Return<Subset, UsageError> {
  const { since, until } = yield* parseRange(input)
  return {
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    services: yield* parseNames("--service", input.service),
    deckies: yield* parseNames("--decky", input.decky),
    ignoredDeckies: yield* parseNames("--ignore-decky", input.ignoreDecky),
  }
})

const parseNames = (
  flag: string,
  text: string | undefined,
): Effect.Effect<ReadonlyArray<string>, UsageError> => {
  if (text === undefined) return Effect.succeed([])
  const names = text.split(",").map((name) => name.trim())
  return names.includes("")
    ? Effect.fail(new UsageError({ message: `${flag} "${text}" has an empty name in it` }))
    : Effect.succeed(names)
}
