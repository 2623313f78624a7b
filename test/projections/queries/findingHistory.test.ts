import { describe, expect, it } from "@effect/vitest"
import { defaultPolicy } from "../../../src/domain/finding/policy.ts"
import { findingChanges } from "../../../src/projections/queries/findingHistory.ts"
import { captured, policyChanged } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"

const story = () => {
  const changed = policyChanged({ attackersAnnounced: 5 })
  const events = [
    captured({ decky: "decky-01" }),
    captured({ decky: "decky-02" }),
    changed,
    captured({ decky: "decky-02" }),
    captured({ decky: "decky-03", ip: "192.0.2.9" }),
  ]
  return { changed, events }
}

describe("findingChanges", () => {
  it("have the totals before and after, and the policy that decided", () => {
    const { changed, events } = story()
    const { total, changes } = findingChanges(foldBatches([events]), 1, { limit: 9, offset: 0 })
    expect(total).toBe(2)
    expect(changes).toMatchObject([
      {
        version: 1,
        before: null,
        targetCount: 2,
        policyInForce: { position: null, eventId: null, policy: defaultPolicy },
        source: { file: "test.log" },
      },
      {
        version: 2,
        before: { targetCount: 2, attackerCount: 1, attemptCount: 2 },
        targetCount: 3,
        attackerCount: 2,
        attemptCount: 4,
        policyInForce: {
          position: changed.recorded.position,
          eventId: changed.recorded.id,
          policy: { ...defaultPolicy, attackersAnnounced: 5 },
        },
      },
    ])
    const recorded = events.at(-1)?.recorded
    expect(Date.parse(changes[1]?.recordedAt ?? "")).toBe(recorded?.recordedAt)
  })

  it("have on a later page what was before it", () => {
    const db = foldBatches([story().events])
    const whole = findingChanges(db, 1, { limit: 9, offset: 0 })
    const page = findingChanges(db, 1, { limit: 1, offset: 1 })
    expect(page).toEqual({ total: 2, changes: whole.changes.slice(1) })
  })

  it("have a policy that opened a finding in force already", () => {
    const changed = policyChanged({ minTargets: 2 })
    const events = [
      policyChanged({ minTargets: 9 }),
      captured(),
      captured({ decky: "decky-02" }),
      changed,
    ]
    const { changes } = findingChanges(foldBatches([events]), 1, { limit: 9, offset: 0 })
    expect(changes.map(({ policyInForce }) => policyInForce.eventId)).toEqual([changed.recorded.id])
  })
})
