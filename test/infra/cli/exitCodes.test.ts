import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import type * as Command from "effect/cli/Command"
import * as Exit from "effect/Exit"
import { describe, expect, expectTypeOf, it } from "vitest"
import { NotFound, UsageError } from "../../../src/infra/app/Answer.ts"
import { NotCaughtUp } from "../../../src/infra/app/appendFact.ts"
import { type CredtrailError, exitCodeOf, exitCodes } from "../../../src/infra/cli/exitCodes.ts"
import type { OutputLost } from "../../../src/infra/cli/standardOutput.ts"
import { EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"
import type { credtrail } from "../../../src/main.ts"

const unavailable = new EventLogUnavailable({
  operation: "read",
  kind: "disk-full",
  reason: "the disk is full",
})

describe("the exit code of a command", () => {
  it("is decided for every error that a command can fail with, and for no other", () => {
    type Failing = Command.Error<typeof credtrail> | OutputLost | CliError.CliError
    expectTypeOf<CredtrailError["_tag"]>().toEqualTypeOf<Failing["_tag"]>()
  })

  it("says what kind of error it was", () => {
    const code = (error: CredtrailError) => exitCodeOf(Exit.fail(error))
    expect(code(new UsageError({ message: "no" }))).toBe(exitCodes.usage)
    expect(code(new NotFound({ message: "no" }))).toBe(exitCodes.notFound)
    expect(code(unavailable)).toBe(exitCodes.storage)
  })

  it("is that of the reason where the read models cannot catch up", () => {
    expect(exitCodeOf(Exit.fail(new NotCaughtUp({ reason: unavailable })))).toBe(exitCodes.storage)
  })

  it("is success for help that was asked for, and usage for a wrong call", () => {
    const help = (errors: ReadonlyArray<CliError.NonShowHelpErrors>) =>
      exitCodeOf(Exit.fail(new CliError.ShowHelp({ commandPath: ["credtrail"], errors })))
    expect(help([])).toBe(exitCodes.success)
    expect(help([new CliError.MissingArgument({ argument: "id" })])).toBe(exitCodes.usage)
  })

  it("tells a mistake in the program from an interruption", () => {
    expect(exitCodeOf(Exit.die(new Error("a mistake")))).toBe(exitCodes.failure)
    expect(exitCodeOf(Exit.failCause(Cause.interrupt(1)))).toBe(exitCodes.interrupted)
  })
})
