import { describe, expect, it } from "vitest"
import { backoffDelay } from "../../src/actors/backoff.ts"

describe("backoffDelay", () => {
  it("doubles from the first delay up to the most", () => {
    const backoff = { first: 100, most: 1_000 }
    const delays = [1, 2, 3, 4, 5, 6].map((failures) => backoffDelay(backoff, failures))
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it("stays at the most, however many failures there were", () => {
    expect(backoffDelay({ first: 1, most: 60_000 }, 10_000)).toBe(60_000)
  })
})
