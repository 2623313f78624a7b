import { describe, expect, it } from "vitest"
import { rankSessions, surprise } from "../../../src/domain/session/rank.ts"

const near = (id: string, distance: number, within: number) => ({ id, distance, within })

describe("ranking sessions", () => {
  it("is surprised by what few share, and not by what all do", () => {
    expect(surprise(1, 1024)).toBe(10)
    expect(surprise(1024, 1024)).toBe(0)
    expect(surprise(0, 0)).toBe(0)
  })

  it("puts a rare script before a client that thousands use", () => {
    const ranked = rankSessions([
      {
        kind: "ssh_kex",
        total: 10_000,
        neighbours: [near("client", 0, 6000), near("both", 0, 6000)],
      },
      { kind: "cmd_ngram", total: 5000, neighbours: [near("script", 0.05, 4), near("both", 0, 2)] },
    ])
    expect(ranked.map(({ id }) => id)).toEqual(["both", "script", "client"])
    expect(ranked.at(-1)?.score).toBeLessThan(1)
  })

  it("says what contributed, the most telling first, and what spoke against", () => {
    const [first] = rankSessions([
      { kind: "ssh_kex", total: 1000, neighbours: [near("a", 0.6, 900)] },
      { kind: "cmd_ngram", total: 1000, neighbours: [near("a", 0, 10)] },
    ])
    expect(first?.contributions).toMatchObject([
      { kind: "cmd_ngram", distance: 0, within: 10, total: 1000 },
      { kind: "ssh_kex", bits: -4 },
    ])
    expect(first?.score).toBeCloseTo(Math.log2(100) - 4, 9)
  })

  it("gives nothing to a session at the end of a kind's reach, whatever the store holds", () => {
    const ranked = rankSessions([
      { kind: "cmd_ngram", total: 1_000_000, neighbours: [near("a", 0.5, 1)] },
    ])
    expect(ranked[0]?.score).toBe(0)
  })

  it("breaks ties by id", () => {
    const neighbours = ["c", "a", "b"].map((id) => near(id, 0.1, 3))
    const ranked = rankSessions([{ kind: "cmd_ngram", total: 100, neighbours }])
    expect(ranked.map(({ id }) => id)).toEqual(["a", "b", "c"])
  })
})
