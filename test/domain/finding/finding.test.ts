import { describe, expect, it } from "vitest"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import {
  announced,
  decide,
  evolve,
  exactMatchConfidence,
  type FindingState,
  firstSighting,
  judge,
} from "../../../src/domain/finding/finding.ts"
import { defaultPolicy } from "../../../src/domain/finding/policy.ts"

const day = (n: number) => `2031-01-${String(n).padStart(2, "0")}T00:00:00.000000Z` as Timestamp // in the canonical shape
const nothingNew = { newTarget: false, newAttacker: false }

const state = (differences: Partial<FindingState> = {}): FindingState => ({
  ...firstSighting(day(5), true),
  ...differences,
})
const open = (differences: Partial<FindingState> = {}): FindingState =>
  state({
    version: 1,
    open: true,
    targetCount: 2,
    attackerCount: 1,
    announcedTargets: 2,
    announcedAttackers: 1,
    ...differences,
  })

describe("the state of a reuse key", () => {
  it("begins with one capture on one target, by one attacker or none that is named", () => {
    expect(firstSighting(day(5), true)).toEqual({
      version: 0,
      open: false,
      firstSeen: day(5),
      lastSeen: day(5),
      attemptCount: 1,
      targetCount: 1,
      attackerCount: 1,
      announcedTargets: 0,
      announcedAttackers: 0,
    })
    expect(firstSighting(day(5), false).attackerCount).toBe(0)
  })

  it("spans the least and the greatest event time, in whatever order they come", () => {
    for (const order of [
      [3, 5, 9],
      [9, 3, 5],
      [5, 9, 3],
      [9, 5, 3],
    ]) {
      const [first = 0, ...rest] = order.map(day)
      const end = rest.reduce(
        (now, observedAt) => evolve(now, { ...nothingNew, observedAt }),
        firstSighting(first as Timestamp, false), // there is a first of three
      )
      expect(end).toMatchObject({ firstSeen: day(3), lastSeen: day(9), attemptCount: 3 })
    }
  })

  it("counts every capture, and targets and attackers only where they are new", () => {
    const same = evolve(state(), { ...nothingNew, observedAt: day(6) })
    expect(same).toMatchObject({ attemptCount: 2, targetCount: 1, attackerCount: 1 })
    const more = evolve(same, { newTarget: true, newAttacker: true, observedAt: day(6) })
    expect(more).toMatchObject({ attemptCount: 3, targetCount: 2, attackerCount: 2 })
  })

  it("keeps what has been announced until the next announcement, which covers everything", () => {
    const grown = evolve(open(), { newTarget: true, newAttacker: true, observedAt: day(6) })
    expect(grown).toMatchObject({ version: 1, announcedTargets: 2, announcedAttackers: 1 })
    expect(announced(grown)).toEqual({
      ...grown,
      version: 2,
      announcedTargets: 3,
      announcedAttackers: 2,
    })
  })

  it("is not changed in place", () => {
    const before = Object.freeze(open())
    evolve(before, { newTarget: true, newAttacker: true, observedAt: day(1) })
    expect(announced(before)).not.toBe(before)
    expect(before).toEqual(open())
  })
})

describe("deciding what to announce", () => {
  const decided = (differences: Partial<FindingState>, policy = defaultPolicy, bits = 40) =>
    decide(policy, true, bits, open(differences))

  it("says nothing of a secret that is not comparable, however much there is of it", () => {
    expect(decide(defaultPolicy, false, null, state({ targetCount: 9 }))).toBeUndefined()
    expect(decide(defaultPolicy, false, null, open({ targetCount: 9 }))).toBeUndefined()
  })

  it("opens a finding at the least number of targets that the policy asks for", () => {
    expect(decide(defaultPolicy, true, null, state({ targetCount: 1 }))).toBeUndefined()
    expect(decide(defaultPolicy, true, null, state({ targetCount: 2 }))).toBe("opened")
    const three = { ...defaultPolicy, minTargets: 3 }
    expect(decide(three, true, null, state({ targetCount: 2 }))).toBeUndefined()
    expect(decide(three, true, null, state({ targetCount: 3 }))).toBe("opened")
    expect(decide(three, true, null, state({ targetCount: 4 }))).toBe("opened")
  })

  it("opens a closed finding again when it has the targets that are asked for", () => {
    const closed = announced(open(), false)
    expect(closed).toMatchObject({ version: 2, open: false })
    const three = { ...defaultPolicy, minTargets: 3 }
    expect(decide(three, true, null, closed)).toBeUndefined()
    expect(decide(three, true, null, { ...closed, targetCount: 3 })).toBe("reopened")
    expect(announced({ ...closed, targetCount: 3 })).toMatchObject({ version: 3, open: true })
  })

  it("opens no finding for its attackers", () => {
    expect(decide(defaultPolicy, true, null, state({ attackerCount: 5000 }))).toBeUndefined()
  })

  it("says nothing while there is nothing new", () => {
    expect(decided({})).toBeUndefined()
    expect(decided({ attemptCount: 100 })).toBeUndefined()
  })

  it("says every new target, also where the policy now asks for more", () => {
    expect(decided({ targetCount: 3 })).toBe("grew")
    expect(decided({ targetCount: 3 }, { ...defaultPolicy, minTargets: 100 })).toBe("grew")
  })

  it.each([
    ["a secret that everybody tries", 12, defaultPolicy, [3, 4, 8, 16], [2, 4, 8, 16]],
    ["no secret", 64, { ...defaultPolicy, followedFromBits: 65 }, [3, 4, 8, 16], [2, 4, 8, 16]],
    [
      "an unrated secret",
      null,
      { ...defaultPolicy, followedFromBits: 21 },
      [3, 4, 8, 16],
      [2, 4, 8, 16],
    ],
  ] as const)(
    "follows the growth of %s at doublings, after the first targets",
    (_, bits, policy, targets, attackers) => {
      const announcedAt = (what: "newTarget" | "newAttacker") => {
        let now = open()
        const counts: Array<number> = []
        for (let n = 0; n < 20; n++) {
          now = evolve(now, { ...nothingNew, [what]: true, observedAt: day(6) })
          if (decide(policy, true, bits, now) === undefined) continue
          now = announced(now)
          counts.push(what === "newTarget" ? now.targetCount : now.attackerCount)
        }
        return counts
      }
      expect(announcedAt("newTarget")).toEqual(targets)
      expect(announcedAt("newAttacker")).toEqual(attackers)
    },
  )

  it("follows every secret that is as surprising as the policy says", () => {
    const policy = { ...defaultPolicy, followedFromBits: 16 }
    expect(decided({ targetCount: 9, announcedTargets: 8 }, policy, 16)).toBe("grew")
    expect(decided({ targetCount: 9, announcedTargets: 8 }, policy, 15)).toBeUndefined()
    expect(decide(policy, true, null, open({ targetCount: 9, announcedTargets: 8 }))).toBe("grew")
  })

  it("says new attackers one by one up to the limit, and then at each doubling", () => {
    const policy = { ...defaultPolicy, attackersAnnounced: 4 }
    let now = open({ attackerCount: 0, announcedAttackers: 0 })
    const said: Array<number> = []
    for (let n = 1; n <= 100; n++) {
      now = evolve(now, { newTarget: false, newAttacker: true, observedAt: day(6) })
      if (decide(policy, true, null, now) === undefined) continue
      now = announced(now)
      said.push(n)
    }
    expect(said).toEqual([1, 2, 3, 4, 8, 16, 32, 64])
  })

  it("doubles what was announced last, wherever that was", () => {
    expect(decided({ attackerCount: 99, announcedAttackers: 50 })).toBeUndefined()
    expect(decided({ attackerCount: 100, announcedAttackers: 50 })).toBe("grew")
  })

  it("judges what is known by a policy that comes into force", () => {
    const secret = { kind: "plaintext", digest: "ab".repeat(32), lengthClass: "8-15" }
    const three = { ...defaultPolicy, minTargets: 3 }
    const without = { ...defaultPolicy, excludedKinds: ["plaintext"] }
    const closing = (reason: string) => ({ change: "closed", reason })
    expect(judge(defaultPolicy, secret, open())).toBeUndefined()
    expect(judge(three, secret, open())).toEqual(closing("min-targets"))
    expect(judge(without, secret, open())).toEqual(closing("excluded-kind"))
    const excluded = { ...defaultPolicy, excludedSecrets: [secret.digest] }
    expect(judge(excluded, secret, open())).toEqual(closing("excluded-secret"))
    const empty = { ...secret, lengthClass: "0" }
    expect(judge(defaultPolicy, empty, open())).toEqual(closing("empty-secret"))
    const closed = announced(open(), false)
    expect(judge(three, secret, closed)).toBeUndefined()
    expect(judge(defaultPolicy, secret, closed)).toEqual({ change: "reopened" })
    expect(judge(defaultPolicy, secret, state({ targetCount: 2 }))).toEqual({ change: "opened" })
    expect(judge(defaultPolicy, null, state({ targetCount: 2 }))).toBeUndefined()
  })

  it("is as sure as equal bytes are", () => {
    expect(exactMatchConfidence).toBe(1)
  })
})
