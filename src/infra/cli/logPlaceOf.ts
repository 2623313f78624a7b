import * as Effect from "effect/Effect"
import type { LogPlace } from "./LogPlace.ts"
import { UsageError } from "./UsageError.ts"

/** The log that is named: `embedded` is that of the data directory, `embedded:DIR` of another. */
export const logPlaceOf = (
  flag: string,
  text: string,
  data: string,
): Effect.Effect<LogPlace, UsageError> => {
  const [, directory] = text === "embedded" ? [text, data] : (/^embedded:(.+)$/s.exec(text) ?? [])
  return directory === undefined
    ? Effect.fail(
        new UsageError({ message: `${flag} names no log: give embedded, or embedded:DIR` }),
      )
    : Effect.succeed({ kind: "embedded", directory })
}
