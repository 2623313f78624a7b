import { describe, expect, it } from "vitest"
import { distance } from "../../../src/domain/session/distance.ts"
import { sessionTiming } from "../../../src/domain/session/sessionTiming.ts"
import { silent, tried, typed } from "./madeSessions.ts"

const extract = (gaps: ReadonlyArray<number>, logins = 0) =>
  sessionTiming.extract({
    ...silent,
    commands: typed(
      Array.from({ length: gaps.length + 1 }, () => "ls"),
      gaps,
    ),
    logins: tried(Array.from({ length: logins }, (_, n) => `u:${n}`)),
  })
const vectorOf = (gaps: ReadonlyArray<number>, logins = 0) => {
  const extracted = extract(gaps, logins)
  if (extracted === undefined) throw new Error("not enough data")
  return extracted.vector
}

describe("the fingerprint of a session's rhythm", () => {
  it("is the quartiles of the gaps and the span, in powers of two of milliseconds", () => {
    // Without the longest, the gaps are 1, 3, 7: quartiles 2, 3 and 5; the span is 1 + 3 + 7 + 7.
    const logarithms = [2, 3, 5, 18].map((milliseconds) => Math.log2(1 + milliseconds))
    expect([...vectorOf([3, 7, 1, 15])]).toEqual(
      [0, 0, 0, 0, 4, ...logarithms].map((each) => Math.fround(each)),
    )
  })

  it("is not moved by one outlier, however long", () => {
    const gaps = [400, 420, 390, 500, 430, 410]
    const far = distance("l2", vectorOf(gaps), vectorOf([...gaps.slice(0, 5), 3_600_000]))
    expect(far).toBeLessThan(0.2)
    expect(vectorOf([...gaps, 9_000])).toEqual(vectorOf([...gaps, 90_000_000]))
  })

  it("tells a script from a hand", () => {
    const script = vectorOf([12, 11, 14, 12, 13])
    const hand = vectorOf([2100, 900, 4200, 1500, 3000])
    expect(distance("l2", script, hand)).toBeGreaterThan(5)
    expect(distance("l2", script, vectorOf([13, 12, 12, 11, 14]))).toBeLessThan(0.3)
  })

  it("keeps logins and commands apart: what is missing is no gap of zero", () => {
    const without = vectorOf([0, 0, 0, 0, 0])
    const withLogins = vectorOf([0, 0, 0, 0, 0], 6)
    expect(distance("l2", without, withLogins)).toBeGreaterThan(4)
  })

  it("is not there with too few gaps to be a rhythm", () => {
    expect(extract([])).toBeUndefined()
    expect(extract([5, 5, 5])).toBeUndefined()
    expect(extract([5, 5, 5, 5])).toBeDefined()
  })
})
