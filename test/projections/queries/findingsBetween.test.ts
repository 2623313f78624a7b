import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { DecodedEvent } from "../../../src/domain/event/events.ts"
import { cutAtEventTime } from "../../../src/projections/past/Cut.ts"
import { findingsBetween } from "../../../src/projections/queries/findingsBetween.ts"
import { NaiveModel } from "../../reference/NaiveModel.ts"
import { filledTargets, type KeyState } from "../../reference/ReuseState.ts"
import { captured, identified, time } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../histories.ts"

const everything = { limit: 1000, offset: 0 }
const number = (from: number, to: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: from, maximum: to })))
const upTo = (ordinal: number) => ({ by: "recorded-time", ordinal }) as const

const openAt = (events: ReadonlyArray<DecodedEvent>): ReadonlyMap<string, KeyState> => {
  const model = new NaiveModel()
  for (const event of events) model.add(event)
  const open = model.state().keys.filter((key) => key.open)
  return new Map(open.map((key) => [key.findingId, key]))
}

const ids = (findings: Iterable<{ readonly id: string }>) =>
  [...findings].map(({ id }) => id).sort()

describe("findingsBetween", () => {
  it.prop(
    "says of any two positions what the states there differ by",
    {
      steps: histories,
      sizes: cuts,
      perBlock: number(1, 40),
      one: number(0, 120),
      two: number(0, 120),
    },
    ({ steps, sizes, perBlock, one, two }) => {
      const events = eventsOf(steps)
      const [from = 0, to = 0] = [one, two]
        .map((at) => Math.min(at, events.length))
        .sort((a, b) => a - b)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const between = findingsBetween(db, upTo(from), upTo(to), everything, perBlock)
      const before = openAt(events.slice(0, from))
      const after = openAt(events.slice(0, to))
      const grown = [...after.values()].filter((now) => {
        const then = before.get(now.findingId)
        if (then === undefined) return false
        return (
          now.version > then.version ||
          now.targetCount > then.targetCount ||
          now.attackerCount > then.attackerCount
        )
      })
      expect(ids(between.opened)).toEqual([...after.keys()].filter((id) => !before.has(id)).sort())
      expect(ids(between.grown)).toEqual(grown.map(({ findingId }) => findingId).sort())
      expect(ids(between.closed)).toEqual([...before.keys()].filter((id) => !after.has(id)).sort())
      expect(between.openedCount + between.grownCount + between.unchangedCount).toBe(after.size)
      for (const finding of [...between.opened, ...between.grown, ...between.unchanged]) {
        const now = after.get(finding.id)
        const then = before.get(finding.id)
        expect(finding.addedTargets).toEqual(
          filledTargets(now?.targets ?? [])
            .slice(then?.targetCount ?? 0)
            .map(({ decky, service }) => ({ decky, service })),
        )
        expect(finding.addedAttackers.map(({ ip }) => ip)).toEqual(
          now?.attackers.slice(then?.attackerCount ?? 0).map(({ ip }) => ip),
        )
        expect(finding).toMatchObject({
          addedTargetCount: finding.addedTargets.length,
          addedAttackerCount: finding.addedAttackers.length,
          addedAttemptCount: (now?.attemptCount ?? 0) - (then?.attemptCount ?? 0),
          attemptCount: now?.attemptCount,
          lastSeen: now?.lastSeen,
        })
        expect(finding.before?.version).toBe(then?.version)
      }
    },
    { arbitrary: { runs: 80, size: 120, seed: 22 } },
  )

  const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"
  const story = () => [
    captured({ at: "2031-02-03T00:00:00Z" }),
    captured({ decky: "decky-02", at: "2031-02-03T00:00:05Z" }),
    identified({ ip: "192.0.2.1", uuid, at: "2031-02-03T00:00:10Z" }),
    captured({ at: "2031-02-03T00:00:20Z" }),
  ]

  it("takes a finding for grown when one of its attackers was identified", () => {
    const db = foldBatches([story()])
    const at = (second: string) => cutAtEventTime(time(`2031-02-03T00:00:${second}Z`))
    for (const [from, to] of [
      [upTo(2), upTo(3)],
      [at("05"), at("10")],
    ] as const) {
      const { grown, opened } = findingsBetween(db, from, to, everything)
      expect([opened.length, grown.map((one) => one.addedAttackerUuids)]).toEqual([0, [[uuid]]])
    }
  })

  it("takes a finding for unchanged to which only attempts were added, and counts those", () => {
    const db = foldBatches([story()])
    const { unchanged, grownCount } = findingsBetween(db, upTo(3), upTo(4), everything)
    expect(grownCount).toBe(0)
    expect(unchanged).toMatchObject([{ addedAttemptCount: 1, addedTargets: [], version: 2 }])
  })

  it("gives a page of each kind, and how many there are", () => {
    const secrets = ["a", "b", "c"].map((password) => ({ password }))
    const db = foldBatches([
      secrets.flatMap((one) => [captured(one), captured({ ...one, decky: "decky-02" })]),
    ])
    const first = findingsBetween(db, upTo(0), upTo(6), { limit: 2, offset: 0 })
    const rest = findingsBetween(db, upTo(0), upTo(6), { limit: 2, offset: 2 })
    expect([first.openedCount, first.opened.length, rest.opened.length]).toEqual([3, 2, 1])
    expect(new Set(ids([...first.opened, ...rest.opened])).size).toBe(3)
  })
})
