import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type { Answer } from "../app/Answer.ts"
import { NotFound } from "../app/UsageError.ts"
import { visible } from "./render/visible.ts"

/**
 * Runs a use case and prints its warnings on standard error, then its rendered answer on standard
 * output, which is as wide as the terminal where it is one. If the use case did not find what was
 * asked about, its warnings may say why.
 */
export const printAnswer = <A, E, R>(
  useCase: Effect.Effect<Answer<A>, E, R>,
  render: (answer: A, width: number | undefined) => string,
): Effect.Effect<void, E, R> =>
  useCase.pipe(
    Effect.tapError((error) =>
      error instanceof NotFound ? printWarnings(error.warnings) : Effect.void,
    ),
    Effect.flatMap(({ answer, warnings }) =>
      Effect.andThen(printWarnings(warnings), Console.log(render(answer, terminalWidth()))),
    ),
  )

const terminalWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns : undefined

/** Prints warnings on standard error, a line each. */
export const printWarnings = (warnings: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(warnings, (warning) => Console.error(visible(`warning: ${warning}`)), {
    discard: true,
  })
