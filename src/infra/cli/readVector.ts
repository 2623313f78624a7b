import { readFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import { UsageError } from "../app/Answer.ts"

/** Reads a vector from a file: a JSON array of numbers. */
export const readVector = Effect.fnUntraced(function* (
  file: string,
): Effect.fn.Return<ReadonlyArray<number>, UsageError> {
  const text = yield* Effect.tryPromise({
    try: () => readFile(file, "utf8"),
    catch: (cause) =>
      new UsageError({
        message: `cannot read the vector in ${file}: ${cause instanceof Error ? cause.message : String(cause)}`,
      }),
  })
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(text),
    catch: () => notNumbers(file),
  })
  if (!Array.isArray(value) || !value.every((one) => typeof one === "number")) {
    return yield* notNumbers(file)
  }
  return value
})

const notNumbers = (file: string): UsageError =>
  new UsageError({ message: `${file} holds no vector: it is to be a JSON array of numbers` })
