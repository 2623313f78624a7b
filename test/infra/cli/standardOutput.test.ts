import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { NotFound, UsageError } from "../../../src/infra/app/Answer.ts"
import { printAnswer, reasonGiven } from "../../../src/infra/cli/standardOutput.ts"

/** What a piece of work prints, in order. */
const printed = async <A, E>(work: Effect.Effect<A, E>): Promise<ReadonlyArray<string>> => {
  const lines: Array<string> = []
  const console: Console.Console = {
    ...globalThis.console,
    log: (text) => lines.push(`out: ${text}`),
    error: (text) => lines.push(`err: ${text}`),
  }
  await Effect.runPromiseExit(Effect.provideService(work, Console.Console, console))
  return lines
}

const render = (answer: number): string => `the answer is ${answer}`

describe("printing an answer", () => {
  it("prints warnings on standard error before it, a line each", async () => {
    const answered = Effect.succeed({ answer: 42, warnings: ["one", "two\nlines \u001b[2J"] })
    expect(await printed(printAnswer(answered, render))).toEqual([
      "err: warning: one",
      "err: warning: two\\x0alines \\x1b[2J",
      "out: the answer is 42",
    ])
  })

  it("prints only the warnings of what was not found", async () => {
    const missing = new NotFound({ message: "not here", warnings: ["it may come"] })
    expect(await printed(printAnswer(Effect.fail(missing), render))).toEqual([
      "err: warning: it may come",
    ])
  })

  it("prints nothing of a call that makes no sense", async () => {
    const wrong = new UsageError({ message: "what?" })
    expect(await printed(printAnswer(Effect.fail(wrong), render))).toEqual([])
  })
})

describe("looking at a list of secrets", () => {
  const wasTerminal = process.stdout.isTTY
  afterEach(() => {
    process.stdout.isTTY = wasTerminal
  })
  const asked = async (isTerminal: boolean, reveal: boolean, reason?: string) => {
    process.stdout.isTTY = isTerminal
    const exit = await Effect.runPromiseExit(reasonGiven({ reveal, reason }))
    return exit._tag
  }

  it("takes a reason on a terminal, and nowhere else", async () => {
    expect(await asked(true, true)).toBe("Failure")
    expect(await asked(true, true, "an incident")).toBe("Success")
    expect(await asked(false, true)).toBe("Success")
    expect(await asked(true, false)).toBe("Success")
  })
})
