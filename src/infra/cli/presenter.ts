import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Effect from "effect/Effect"
import type { CredtrailError } from "./exitCodes.ts"
import { visible, visibleLines } from "./render/visible.ts"

/**
 * How help, version and complaints about a call are shown: as the library does, except that a
 * complaint is one line on standard error, and that standard output, which may go into another
 * program, gets nothing then.
 */
export const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "InvalidInvocation"
      ? Console.error(complaint(event))
      : CliOutput.defaultPresenter.present(event),
}

// What comes after the first error mostly follows from it.
const complaint = ({
  errors: [error],
  commandPath,
}: CliOutput.Presenter.InvalidInvocation): string => {
  const said = error === undefined ? "" : `${problem(error)} `
  return visible(`credtrail: ${said}(see ${commandPath.join(" ")} --help)`)
}

const problem = (error: CliError.NonShowHelpErrors): string => {
  switch (error._tag) {
    case "UnknownSubcommand":
      return `there is no command "${error.subcommand}"${alternatives(error.suggestions)}`
    case "UnrecognizedOption":
      return `there is no flag ${error.option}${alternatives(error.suggestions)}`
    case "InvalidValue":
      return error.value === ""
        ? `${named(error)} needs a value: ${expectation(error.expected)}`
        : `${named(error)}: expected ${expectation(error.expected)}, not "${error.value}"`
    case "MissingOption":
      return `--${error.option} is missing`
    case "MissingArgument":
      return `<${error.argument}> is missing`
    case "UnexpectedArgument":
      return `there is no use for "${error.arguments.join(" ")}"`
    default:
      return error.message
  }
}

const alternatives = (suggestions: ReadonlyArray<string>): string =>
  suggestions.length === 0 ? "" : `; did you mean ${suggestions.join(" or ")}?`

const named = ({ kind, option }: CliError.InvalidValue): string =>
  kind === "flag" ? `--${option}` : `<${option}>`

// The library puts what it expects together from several parts, some of which begin alike.
const expectation = (expected: string): string =>
  expected
    .replace(/^(?:Expected:? |Schema validation failed: )+/, "")
    .replace("a string representing a finite number", "a number")
    .replaceAll(" | ", " or ")

/** Says on standard error why a command failed; what is wrong with a call has been said by then. */
export const printFailure = (cause: Cause.Cause<CredtrailError>): Effect.Effect<void> => {
  if (Cause.hasInterruptsOnly(cause)) return Effect.void
  const error = cause.reasons.find(Cause.isFailReason)?.error
  if (error?._tag === "ShowHelp") return Effect.void
  const told = error?.message ?? `this is a bug in credtrail\n${Cause.pretty(cause)}`
  const failed = error?._tag === "NotCaughtUp" ? error.reason : error
  const remedy = failed?._tag === "PoisonEvent" ? `\n${poisonRemedy}` : ""
  return Console.error(visibleLines(`credtrail: ${told}${remedy}`))
}

const poisonRemedy =
  "nothing after it is folded until it is fixed or set aside with --on-poison (credtrail ingest, credtrail run)"
