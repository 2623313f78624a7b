import { describe, expect, it } from "vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { plaintext } from "../../src/domain/secret/secret.ts"
import { listFindings } from "../../src/projections/queries/listFindings.ts"
import { NaiveModel } from "../reference/NaiveModel.ts"
import { secretOf } from "../support/sealing.ts"
import { captured, identified, policyChanged } from "./captureEvents.ts"
import { foldBatches } from "./foldBatches.ts"
import { batchesOf } from "./histories.ts"
import { outbox, reuseState } from "./tables.ts"

// Numbers below a bound, the same ones for the same seed (a linear congruential generator).
const numbers = (seed: number): ((bound: number) => number) => {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}

// A few keys that everybody tries and many that hardly anybody does, by more attackers and on more
// targets than are gathered or written at a time.
const crowdedHistory = (seed: number, length: number): ReadonlyArray<DecodedEvent> => {
  const below = numbers(seed)
  return Array.from({ length }, () => {
    const ip = `198.51.100.${below(150)}`
    const at = `2031-01-03T00:${String(10 + below(50))}:00Z`
    const what = below(300)
    if (what === 0) {
      const minTargets = 2 + below(20)
      return policyChanged(
        { minTargets, attackersAnnounced: 1 + below(40), followedFromBits: below(66) },
        at,
      )
    }
    if (what === 1) {
      return identified({ ip, uuid: `0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be${100 + below(20)}`, at })
    }
    return captured({
      password: below(3) > 0 ? `popular-${below(4)}` : `rare-${below(500)}`,
      principal: ["root", "admin", null][below(3)] ?? null,
      decky: `decky-${below(12)}`,
      service: ["ssh", "ftp", "telnet", "mysql", "imap"][below(5)] ?? "",
      ip: below(20) === 0 ? null : ip,
      at,
    })
  })
}

describe("a crowd", () => {
  it.each([1, 2])("is folded as the naive model says, in large batches and small (%i)", (seed) => {
    const events = crowdedHistory(seed, 4000)
    const model = new NaiveModel()
    for (const event of events) model.add(event)
    const expected = model.state()
    expect(expected.keys.some(({ targetCount }) => targetCount > 50)).toBe(true)
    expect(expected.keys.some(({ attackerCount }) => attackerCount > 100)).toBe(true)
    for (const sizes of [[4000], [1500, 40, 300], [97, 3]]) {
      expect(reuseState(foldBatches(batchesOf(events, sizes)))).toEqual(expected)
      expect(reuseState(foldBatches(batchesOf(events, sizes), { restarted: true }))).toEqual(
        expected,
      )
    }
  })

  it("of more keys and addresses than are remembered has each of them once", () => {
    const many = Array.from({ length: 101_000 }, (_, n) => n)
    const event = captured()
    if (event.type !== "credential.captured") throw new Error("it is a capture")
    const attempt = (n: number) => ({
      ...event,
      data: {
        ...event.data,
        attackerIp: `2001:db8::${n.toString(16)}`,
        secret: secretOf(plaintext, Buffer.from(`secret-${n}`)),
      },
    })
    // The last ones come back in their own batch, the tenth; the first ones, forgotten, in the next.
    const again = [...many.slice(-2000), ...many.slice(0, 2000)]
    const db = foldBatches(batchesOf([...many, ...again].map(attempt), [10_300]))
    const streams = outbox(db).map(({ stream }) => stream)
    expect([streams.length, new Set(streams).size]).toEqual([many.length, many.length])
    const { total, findings } = listFindings(db, {
      sort: "targets",
      minTargets: 1,
      secretDigest: attempt(7).data.secret.digest,
      limit: 10,
      offset: 0,
    })
    expect([total, findings[0]?.attemptCount, findings[0]?.attackerCount]).toEqual([1, 2, 1])
    const counted = listFindings(db, { sort: "targets", minTargets: 1, limit: 1, offset: 0 })
    expect(counted.total).toBe(many.length)
  }, 180_000)
})
