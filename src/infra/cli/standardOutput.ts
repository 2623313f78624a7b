import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { type Answer, NotFound, UsageError } from "../app/Answer.ts"
import type { SecretAccess, SecretAccessError } from "../app/SecretAccess.ts"
import { visible } from "./render/visible.ts"
import { load } from "./root.ts"

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

/** What the flags say of secrets in an answer. */
interface Revealing {
  readonly reveal: boolean
  readonly reason: string | undefined
}

/** Whoever looks at a list of secrets on a terminal says why; a program may have no reason to give. */
export const reasonGiven = ({ reveal, reason }: Revealing): Effect.Effect<void, UsageError> =>
  reveal && reason === undefined && process.stdout.isTTY
    ? Effect.fail(
        new UsageError({
          message: "say why you want to see all these secrets, for the record: add --reason",
        }),
      )
    : Effect.void

/** The answer of a use case, with its secrets revealed where that was asked for. */
export const revealedIf =
  ({ reveal, reason }: Revealing, command: string) =>
  <A, E, R>(
    useCase: Effect.Effect<Answer<A>, E, R>,
  ): Effect.Effect<Answer<A>, E | SecretAccessError, R | SecretAccess> =>
    reveal
      ? Effect.flatMap(
          load(() => import("../app/revealSecrets.ts")),
          ({ revealing }) =>
            useCase.pipe(revealing({ command, ...(reason === undefined ? {} : { reason }) })),
        )
      : useCase

const terminalWidth = (): number | undefined =>
  process.stdout.isTTY ? process.stdout.columns : undefined

/** Prints warnings on standard error, a line each. */
export const printWarnings = (warnings: ReadonlyArray<string>): Effect.Effect<void> =>
  Effect.forEach(warnings, (warning) => Console.error(visible(`warning: ${warning}`)), {
    discard: true,
  })

/** What was to be printed could not be: the disk is full, say. */
export class OutputLost extends Schema.TaggedError<OutputLost>()("OutputLost", {
  reason: Schema.String,
}) {
  override get message(): string {
    return `cannot write the output: ${this.reason}`
  }
}

/**
 * Runs a command until all it printed has left the process: writing to a pipe goes on in the
 * background, and what is left of it would be lost when the process exits. A reader that goes away
 * (`credtrail tail '>' | head`) ends the command, and that is no failure.
 */
export const withStandardOutput = <A, E, R>(
  command: Effect.Effect<A, E, R>,
): Effect.Effect<void, E | OutputLost, R> => {
  // There is no place left to tell that telling failed.
  process.stderr.on("error", () => {})
  const whole = Effect.matchCauseEffect(command, {
    onSuccess: () => flushed,
    onFailure: (cause) => Effect.andThen(flushed, Effect.failCause(cause)),
  })
  return Effect.raceFirst(whole, brokenOutput)
}

/** Waits until the reader of a pipe has taken what was printed, so that it does not pile up. */
export const drained: Effect.Effect<void> = Effect.callback((resume) => {
  if (!process.stdout.writableNeedDrain) return resume(Effect.void)
  const go = () => resume(Effect.void)
  process.stdout.once("drain", go)
  return Effect.sync(() => process.stdout.off("drain", go))
})

/**
 * Calls back when the process may exit. What a command had printed when it was interrupted goes
 * out first, but a reader that does not read is not waited for.
 */
export const endOutput = (exit: Exit.Exit<unknown, unknown>, done: () => void): void => {
  const interrupted = Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)
  const timer = setTimeout(done, interrupted ? millisToFlush : 0)
  if (!interrupted) return
  process.stdout.write("", () => {
    clearTimeout(timer)
    done()
  })
}

const millisToFlush = 1000

const flushed: Effect.Effect<void, OutputLost> = Effect.callback((resume) => {
  process.stdout.write("", (error) => resume(error ? ended(error) : Effect.void))
})

// The listener stays: an error that nobody listens to would end the process with a stack trace.
const brokenOutput: Effect.Effect<void, OutputLost> = Effect.callback((resume) => {
  process.stdout.on("error", (error) => resume(ended(error)))
})

const ended = (error: Error): Effect.Effect<void, OutputLost> =>
  "code" in error && error.code === "EPIPE"
    ? Effect.void
    : Effect.fail(new OutputLost({ reason: error.message }))
