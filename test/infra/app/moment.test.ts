import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { describe, expect, it } from "vitest"
import { parseAsOf, parseRange } from "../../../src/infra/app/moment.ts"

/** On 10 March 2026, at noon. */
const then = <A, E>(asked: Effect.Effect<A, E>): Promise<A> =>
  TestClock.setTime(Date.UTC(2026, 2, 10, 12)).pipe(
    Effect.andThen(asked),
    Effect.provide(TestClock.layer()),
    Effect.runPromise,
  )

describe("a time that somebody gives", () => {
  it.each([
    ["90m", "2026-03-10T10:30:00.000000Z"],
    ["36h", "2026-03-09T00:00:00.000000Z"],
    ["7d", "2026-03-03T12:00:00.000000Z"],
    ["2w", "2026-02-24T12:00:00.000000Z"],
    ["2026-03-01", "2026-03-01T00:00:00.000000Z"],
    ["2026-03-01T12:30+02:00", "2026-03-01T10:30:00.000000Z"],
  ])("may be so long ago: %s", async (since, time) => {
    expect(await then(parseRange({ since, until: undefined }))).toEqual({
      since: time,
      until: undefined,
    })
  })

  it("may be so long ago where the past is asked", async () => {
    expect(await then(parseAsOf({ asOf: "1d", by: "event-time" }))).toMatchObject({
      time: "2026-03-09T12:00:00.000000Z",
    })
  })

  it.each(["7", "d", "7 d", "7y", "-7d", "1000000000d", "999999w"])(
    "is refused: %s",
    async (since) => {
      const error = await then(Effect.flip(parseRange({ since, until: undefined })))
      expect(error.message).toMatch(
        /is not a time: give .* or 7d for seven days ago|is too long ago/,
      )
    },
  )
})
