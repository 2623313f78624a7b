import * as Effect from "effect/Effect"
import type { ListChange, PolicyChange } from "../../domain/finding/policy.ts"
import { knownKinds } from "../../domain/secret/secretKinds.ts"
import { secretKinds } from "../../projections/queries/StoredSecret.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { UsageError } from "./Answer.ts"

/** Excluded kinds and secrets, as typed. `none` on its own empties a list. */
export interface ExclusionInput {
  readonly excludedKinds: ReadonlyArray<string>
  readonly excludedSecrets: ReadonlyArray<string>
}

/** Turns exclusions into a change of the policy. Check the kinds with {@link existingKinds}. */
export const exclusions = (given: ExclusionInput): Effect.Effect<Exclusions, UsageError> =>
  Effect.map(secrets(given.excludedSecrets), (excludedSecrets) => {
    const excludedKinds = kinds(given.excludedKinds)
    return {
      ...(excludedKinds === undefined ? {} : { excludedKinds }),
      ...(excludedSecrets === undefined ? {} : { excludedSecrets }),
    }
  })

type Exclusions = Pick<PolicyChange, "excludedKinds" | "excludedSecrets">

/** Fails for a kind that is neither supported nor seen in the data. */
export const existingKinds = Effect.fnUntraced(function* ({
  excludedKinds,
}: Exclusions): Effect.fn.Return<void, UsageError | ReadModelUnavailable, ReadModel> {
  if (excludedKinds === undefined || !("add" in excludedKinds)) return
  const all = yield* allKinds
  for (const kind of excludedKinds.add) yield* mustExist(kind, all)
})

/** Excludes every kind except these. */
export const allKindsBut = Effect.fnUntraced(function* (
  given: ReadonlyArray<string>,
): Effect.fn.Return<ListChange | undefined, UsageError | ReadModelUnavailable, ReadModel> {
  if (given.length === 0) return undefined
  const all = yield* allKinds
  const admitted = given.map(kindName)
  for (const kind of admitted) yield* mustExist(kind, all)
  return { replaceBy: all.filter((kind) => !admitted.includes(kind)) }
})

const isNone = (given: ReadonlyArray<string>): boolean => given.length === 1 && given[0] === "none"

const kindName = (kind: string): string => kind.trim().toLowerCase()

const kinds = (given: ReadonlyArray<string>): ListChange | undefined => {
  if (given.length === 0) return undefined
  return isNone(given) ? { replaceBy: [] } : { add: given.map(kindName) }
}

const allKinds = Effect.gen(function* () {
  const readModel = yield* ReadModel
  const seen = yield* readModel.attempt("list the kinds of secrets", secretKinds)
  return [...new Set([...knownKinds, ...seen.filter((kind) => kind !== "")])].sort()
})

const mustExist = (kind: string, all: ReadonlyArray<string>): Effect.Effect<void, UsageError> =>
  all.includes(kind)
    ? Effect.void
    : Effect.fail(
        new UsageError({
          message: `there is no kind of secret "${kind}"; there are ${all.join(", ")}`,
        }),
      )

const secrets = (
  given: ReadonlyArray<string>,
): Effect.Effect<ListChange | undefined, UsageError> => {
  if (given.length === 0) return Effect.succeed(undefined)
  if (isNone(given)) return Effect.succeed({ replaceBy: [] })
  const digests = given.map((digest) => digest.toLowerCase())
  const half = digests.find((digest) => !/^[0-9a-f]{64}$/.test(digest))
  return half === undefined
    ? Effect.succeed({ add: digests })
    : Effect.fail(
        new UsageError({
          message: `"${half}" is not a full digest: give all 64 hexadecimal digits, as credtrail findings --json prints them`,
        }),
      )
}
