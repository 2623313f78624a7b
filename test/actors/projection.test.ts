import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Signal } from "../../src/actors/Child.ts"
import { projectionChild } from "../../src/actors/projection.ts"

it("a projection tells its worker once a batch how far it is, and whether that is all", async () => {
  const told: Array<Signal> = []
  const { work } = projectionChild("reuse", (folded) =>
    Effect.gen(function* () {
      yield* folded({ position: "1000", events: 1000, caughtUp: false })
      yield* folded({ position: "1007", events: 7, caughtUp: true })
      yield* folded({ position: "1007", events: 0, caughtUp: true })
    }),
  )
  await Effect.runPromise(work((signal) => told.push(signal)))
  expect(told).toEqual([
    { type: "progress", position: "1000", events: 1000 },
    { type: "fellBehind" },
    { type: "progress", position: "1007", events: 7 },
    { type: "caughtUp" },
    { type: "caughtUp" },
  ])
})
