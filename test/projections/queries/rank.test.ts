import { describe, expect, it } from "vitest"
import { rankOf, rankTerms } from "../../../src/domain/finding/rank.ts"
import { listFindings } from "../../../src/projections/queries/listFindings.ts"
import { captured } from "../captureEvents.ts"
import { foldedReadModel } from "../foldedReadModel.ts"

const passwords = ["root", "123456", "kestrel-plinth", "vQ7ueL2xoZ", "tlJwpbo6", "dragon2031"]

/** Keys of all kinds on one to eight targets, by one to sixty attackers, over many days. */
const events = Array.from({ length: 3000 }, (_, n) =>
  captured({
    // Some come only in the last days.
    password: n > 2950 ? `${n % 3}-late-quoll` : (passwords[n % passwords.length] ?? ""),
    principal: ["root", "admin"][Math.floor(n / 6) % 2] ?? "",
    decky: `decky-${n % ((n % passwords.length) + 1)}`,
    service: n % 5 === 0 ? "telnet" : "ssh",
    ip: `192.0.2.${(n * 7) % ((n % passwords.length) * 12 + 1)}`,
    at: new Date(Date.UTC(2031, 0, 1) + n * 3_600_000).toISOString(),
  }),
)
const page = { sort: "rank", limit: 100, offset: 0, minTargets: 1 } as const

describe("the rank of the findings in the tables", () => {
  it("is what the rule makes of each", () => {
    const db = foldedReadModel(events)
    const { findings } = listFindings(db, page)
    const among = db
      .prepare<[], { attackerCount: number; lastSeen: number }>(
        "SELECT count(*) AS attackerCount, max(last_seen) AS lastSeen FROM attackers",
      )
      .get() ?? { attackerCount: 0, lastSeen: 0 }
    expect(findings.length).toBeGreaterThan(8)
    for (const { rank, rating, attackerCount, targetCount, firstSeen } of findings) {
      const bits = rating?.bits ?? null
      const seen = Date.parse(firstSeen) * 1000
      const terms = rankTerms({ bits, attackerCount, targetCount, firstSeen: seen }, among)
      expect(Math.abs(rank - rankOf(terms))).toBeLessThanOrEqual(0.1)
    }
  })

  it("orders them, the highest first", () => {
    const { findings } = listFindings(foldedReadModel(events), page)
    const ranks = findings.map(({ rank }) => rank)
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a))
    expect(new Set(ranks).size).toBeGreaterThan(3)
  })

  it("and the class of the secret can be asked for", () => {
    const db = foldedReadModel(events)
    const { findings } = listFindings(db, page)
    const high = listFindings(db, { ...page, minRank: 10 }).findings
    expect(high).toEqual(findings.filter(({ rank }) => rank >= 10))
    const classed = listFindings(db, { ...page, ratingClass: "default" }).findings
    expect(classed).toEqual(findings.filter(({ rating }) => rating?.class === "default"))
    expect(classed.length).toBeGreaterThan(0)
  })
})
