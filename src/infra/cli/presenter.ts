import * as Console from "effect/Console"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import { visible } from "./render/visible.ts"

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
