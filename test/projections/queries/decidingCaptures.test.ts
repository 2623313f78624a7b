import { describe, expect, it } from "@effect/vitest"
import type { DecodedEvent } from "../../../src/domain/event/events.ts"
import { decidingCaptures } from "../../../src/projections/queries/decidingCaptures.ts"
import { captured, policyChanged } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../histories.ts"
import { reuseState } from "../tables.ts"

const openIn = (events: ReadonlyArray<DecodedEvent>) =>
  new Map(reuseState(foldBatches([events])).keys.map((key) => [key.findingId, key.open]))

describe("decidingCaptures", () => {
  it.prop(
    "are enough to open a finding, and one less is too few",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes))
      for (const [index, key] of reuseState(db).keys.entries()) {
        const deciding = decidingCaptures(db, index + 1)
        expect(deciding !== undefined).toBe(key.version > 0)
        if (deciding === undefined) continue
        const { opening, captures, minTargets } = deciding
        expect(captures).toHaveLength(minTargets)
        const chosen = captures.map(({ position }) =>
          events.find(({ recorded }) => recorded.position === position),
        )
        const policies = events.filter(
          ({ type, recorded }) =>
            type === "reuse.policy.changed" && recorded.position <= opening.position,
        )
        const alone = (some: ReadonlyArray<DecodedEvent | undefined>): boolean | undefined => {
          const kept = [...some.filter((one) => one !== undefined), ...policies]
          kept.sort((a, b) => (a.recorded.position < b.recorded.position ? -1 : 1))
          return openIn(kept).get(key.findingId)
        }
        expect(alone(chosen)).toBe(true)
        for (const left of chosen) {
          expect(alone(chosen.filter((one) => one !== left)) ?? false).toBe(false)
        }
      }
    },
    { arbitrary: { runs: 30, size: 120, seed: 23 } },
  )

  it("are as many as the policy demanded that opened it, whatever was known by then", () => {
    const first = captured({ decky: "decky-01" })
    const second = captured({ decky: "decky-02" })
    const events = [
      policyChanged({ minTargets: 5 }),
      first,
      captured({ decky: "decky-01" }),
      second,
      captured({ decky: "decky-03" }),
      policyChanged({ minTargets: 2 }),
      captured({ decky: "decky-04" }),
    ]
    const deciding = decidingCaptures(foldBatches([events]), 1)
    expect(deciding?.opening.eventType).toBe("reuse.policy.changed")
    expect(deciding?.captures.map(({ position }) => position)).toEqual(
      [first, second].map(({ recorded }) => recorded.position),
    )
    expect(deciding?.captures[1]).toMatchObject({ decky: "decky-02", attackerIp: "192.0.2.1" })
  })

  it("stand right after the event that was folded before them", () => {
    const events = [captured({ password: "other" }), captured(), captured({ decky: "decky-02" })]
    const deciding = decidingCaptures(foldBatches([events]), 2)
    expect(deciding?.captures.map(({ after }) => after)).toEqual(
      events.slice(0, 2).map(({ recorded }) => recorded.position),
    )
  })
})
