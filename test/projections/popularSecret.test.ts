import { describe, expect, it } from "vitest"
import { addedListLimit } from "../../src/domain/event/events.ts"
import { captured, identified, policyChanged } from "./captureEvents.ts"
import { foldBatches } from "./foldBatches.ts"
import { batchesOf } from "./histories.ts"
import { reuseState } from "./tables.ts"

const addressOf = (n: number) => `198.51.${100 + (n >> 8)}.${n & 255}`
const crowd = (size: number, decky = "d1") =>
  Array.from({ length: size }, (_, n) => captured({ decky, ip: addressOf(n) }))
const onTwoTargets = () => [
  captured({ decky: "d1", ip: null }),
  captured({ decky: "d2", ip: null }),
]

const onlyKey = (batches: Parameters<typeof foldBatches>[0]) => {
  const [key, ...others] = reuseState(foldBatches(batches)).keys
  if (key === undefined || others.length > 0) throw new Error("there is not one key")
  return key
}

describe("a popular secret", () => {
  it.each([1, 7, 1000])(
    "is announced for its attackers one by one up to the limit, then as they double, in batches of %i",
    (size) => {
      const attackersAnnounced = 8
      const events = [policyChanged({ attackersAnnounced }), ...onTwoTargets(), ...crowd(1000)]
      const { history, attackerCount, unannouncedAttackers } = onlyKey(batchesOf(events, [size]))
      expect(history.map((change) => change.attackerCount)).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 128, 256, 512,
      ])
      expect([attackerCount, unannouncedAttackers]).toEqual([1000, 488])
    },
  )

  it("is announced some limit + log2(n) times for n attackers", () => {
    for (const [limit, attackers] of [
      [1, 1],
      [1, 3000],
      [32, 20],
      [32, 3000],
      [50, 2048],
    ] as const) {
      const events = [policyChanged({ attackersAnnounced: limit }), ...onTwoTargets()]
      const { version } = onlyKey([[...events, ...crowd(attackers)]])
      const most = 1 + Math.min(limit, attackers) + Math.max(0, Math.log2(attackers / limit))
      expect(version).toBeLessThanOrEqual(most)
      expect(version).toBeGreaterThanOrEqual(most - 1)
    }
  })

  it("is announced for every new target however many attackers it has, with all that came since", () => {
    const events = [...onTwoTargets(), ...crowd(100), captured({ decky: "d3", ip: addressOf(0) })]
    const last = onlyKey([events]).history.at(-1)
    expect(last).toMatchObject({
      addedTargets: [{ decky: "d3", service: "ssh" }],
      addedTargetCount: 1,
      addedAttackerCount: 100 - 64,
      attackerCount: 100,
    })
    expect(last?.addedAttackers.map(({ ip }) => ip)).toEqual(
      Array.from({ length: 36 }, (_, n) => addressOf(64 + n)),
    )
  })

  it.each([1, 10, 10_000])(
    "has lists cut at their limit, with whole counts beside, in batches of %i",
    (size) => {
      const services = 60
      const known = Array.from({ length: services }, (_, n) =>
        captured({ decky: "d1", service: `service-${n}`, ip: null }),
      )
      const events = [
        policyChanged({ minTargets: 1000 }),
        ...known,
        ...crowd(300),
        policyChanged({}),
        ...crowd(700),
      ]
      const { history } = onlyKey(batchesOf(events, [size]))
      expect(
        history.map((change) => [
          change.addedTargets.length,
          change.addedTargetCount,
          change.addedAttackers.length,
          change.addedAttackerCount,
        ]),
      ).toEqual([
        [addedListLimit, services + 1, addedListLimit, 300],
        [0, 0, addedListLimit, 300],
      ])
      expect(history[1]?.addedAttackers[0]?.ip).toBe(addressOf(300))
      expect(history[0]?.addedTargets[0]).toEqual({ decky: "d1", service: "service-0" })
    },
  )

  it("names attackers by the UUIDs they have when they are announced", () => {
    const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"
    const events = [
      policyChanged({ attackersAnnounced: 1 }),
      ...onTwoTargets(),
      ...crowd(3),
      identified({ ip: addressOf(2), uuid }),
    ]
    expect(onlyKey([events]).history.at(-1)).toMatchObject({
      addedAttackerCount: 1,
      addedAttackers: [{ ip: addressOf(2), uuid }],
      addedAttackerUuids: [uuid],
    })
  })
})
