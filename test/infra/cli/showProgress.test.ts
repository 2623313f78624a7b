import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { foldingLine, showFolding } from "../../../src/infra/cli/showProgress.ts"

describe("the progress of a fold", () => {
  it("says how fast it is, how much is left and how long that takes", () => {
    expect(foldingLine({ events: 30_000, total: 120_000 }, 2_000)).toBe(
      "30000 of 120000 events, 15000 events/s, gap 90000, 6.0 s left",
    )
    expect(foldingLine({ events: 0, total: 5 }, 0)).toBe("0 of 5 events, 0 events/s, gap 5")
  })

  it("is a line now and then where there is no terminal", async () => {
    const said: Array<unknown> = []
    // Of a console, only this is called.
    const console = { ...globalThis.console, error: (line: unknown) => said.push(line) }
    const folding = showFolding((onProgress) =>
      Effect.forEach([1, 9, 1, 8, 3, 20], (seconds, n) =>
        Effect.andThen(TestClock.adjust(`${seconds} seconds`), () =>
          onProgress({ events: (n + 1) * 100, total: 600 }),
        ),
      ),
    )
    await folding.pipe(
      Effect.provideService(Console.Console, console as Console.Console),
      Effect.provide(TestClock.layer()),
      Effect.scoped,
      Effect.runPromise,
    )
    expect(said.map((line) => String(line).split(",")[0])).toEqual([
      "200 of 600 events",
      "500 of 600 events",
      "600 of 600 events",
    ])
  })
})
