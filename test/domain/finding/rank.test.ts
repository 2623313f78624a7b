import { describe, expect, it } from "vitest"
import { type Ranked, rankOf, rankTerms } from "../../../src/domain/finding/rank.ts"

const day = 24 * 3600 * 1e6
const among = { attackerCount: 1000, lastSeen: 100 * day }
const finding: Ranked = { bits: 40, attackerCount: 7, targetCount: 3, firstSeen: 10 * day }
const rank = (changed: Partial<Ranked> = {}): number =>
  rankOf(rankTerms({ ...finding, ...changed }, among))

describe("the rank of a finding", () => {
  it("is the product of its terms", () => {
    const terms = rankTerms(finding, among)
    expect(terms).toMatchObject({ surprise: 25, attackers: 3, targets: 1.5, rarity: 0.9965 })
    expect(rankOf(terms)).toBe(112.1)
  })

  it("is 0 where everybody tries the secret, however far it is spread", () => {
    expect(rank({ bits: 15, attackerCount: 900, targetCount: 50 })).toBe(0)
    expect(rank({ bits: 0 })).toBe(0)
  })

  it.each<readonly [string, Partial<Ranked>]>([
    ["a more surprising secret", { bits: 50 }],
    ["more attackers", { attackerCount: 20 }],
    ["more targets", { targetCount: 5 }],
    ["a first capture that is younger", { firstSeen: 99 * day }],
  ])("is higher with %s", (_, changed) => {
    expect(rank(changed)).toBeGreaterThan(rank())
  })

  it("is lower where a greater part of all attackers tried it", () => {
    expect(rank({ attackerCount: 900 })).toBeLessThan(rank({ attackerCount: 40 }))
  })

  it("counts an unrated secret as a little surprising", () => {
    expect(rank({ bits: null })).toBe(rank({ bits: 20 }))
  })
})
