import * as Effect from "effect/Effect"
import { UsageError } from "./Answer.ts"

/** The list that `--exclude-kind` asks for, or `undefined` where it was not given. */
export const kinds = (
  given: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<string> | undefined, UsageError> =>
  listOf("--exclude-kind", given, (kind) =>
    kind !== "none" && /^\S{1,32}$/.test(kind) ? undefined : "a kind of secret, e.g. ntlmssp_v2",
  )

/** The list that `--exclude-secret` asks for, or `undefined` where it was not given. */
export const secrets = (
  given: ReadonlyArray<string>,
): Effect.Effect<ReadonlyArray<string> | undefined, UsageError> =>
  listOf(
    "--exclude-secret",
    given.map((digest) => digest.toLowerCase()),
    (digest) =>
      /^[0-9a-f]{64}$/.test(digest) ? undefined : "a whole SHA-256: 64 hexadecimal digits",
  )

// Sorted and without repetitions, so that the same list is the same policy.
const listOf = (
  flag: string,
  given: ReadonlyArray<string>,
  expectedInstead: (item: string) => string | undefined,
): Effect.Effect<ReadonlyArray<string> | undefined, UsageError> => {
  if (given.length === 0) return Effect.succeed(undefined)
  if (given.length === 1 && given[0] === "none") return Effect.succeed([])
  for (const item of given) {
    const expected = expectedInstead(item)
    if (expected !== undefined) {
      const message = `${flag} "${item}": expected ${expected}, or none alone`
      return Effect.fail(new UsageError({ message }))
    }
  }
  return Effect.succeed([...new Set(given)].sort())
}
