import { text } from "node:stream/consumers"
import * as Effect from "effect/Effect"
import { UsageError } from "../app/Answer.ts"

/** Reads a secret from standard input, because other users can see arguments. */
export const typedSecret = Effect.fnUntraced(function* (
  flag: string,
): Effect.fn.Return<string, UsageError> {
  const typed = yield* Effect.promise(() => text(process.stdin))
  const secret = typed.replace(/\r?\n$/, "")
  if (secret === "") {
    return yield* new UsageError({ message: `${flag} -: standard input is empty` })
  }
  return secret
})

/** The password given by a flag; `-` reads it from standard input. */
export const passwordOf = (
  given: string | undefined,
): Effect.Effect<string | undefined, UsageError> =>
  given === "-" ? typedSecret("--password") : Effect.succeed(given)
