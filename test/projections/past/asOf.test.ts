import { describe, expect, it } from "@effect/vitest"
import type { Database } from "better-sqlite3"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { DecodedEvent } from "../../../src/domain/event/events.ts"
import type { Position } from "../../../src/domain/event/position.ts"
import { type Timestamp, timestampFromMillis } from "../../../src/domain/event/timestamp.ts"
import { asOf } from "../../../src/projections/past/asOf.ts"
import {
  type Cut,
  cutAtEventTime,
  cutAtPosition,
  cutAtRecordedTime,
} from "../../../src/projections/past/Cut.ts"
import { NaiveModel } from "../../reference/NaiveModel.ts"
import type { ReuseState } from "../../reference/ReuseState.ts"
import { captured, identified, time } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../histories.ts"
import { reuseState } from "../tables.ts"

const number = (from: number, to: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: from, maximum: to })))
const arbitrary = { arbitrary: { runs: 80, size: 120, seed: 21 } }

const past = (db: Database, cut: Cut, perBlock: number) => {
  const { said: _, ...state } = asOf(db, cut, reuseState, perBlock)
  return state
}

const naive = (events: Iterable<DecodedEvent>): Omit<ReuseState, "said"> => {
  const model = new NaiveModel()
  for (const event of events) model.add(event)
  const { said: _, ...state } = model.state()
  return state
}

describe("the past of the read models", () => {
  it.prop(
    "is, at any position, what folding up to there comes to",
    { steps: histories, sizes: cuts, perBlock: number(1, 40), at: number(0, 120) },
    ({ steps, sizes, perBlock, at }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const count = Math.min(at, events.length)
      const position = events[count - 1]?.recorded.position ?? ("" as Position) // the beginning
      const cut = cutAtPosition(db, position)
      expect(cut).toEqual({ by: "recorded-time", ordinal: count })
      expect(past(db, cut, perBlock)).toEqual(naive(events.slice(0, count)))
    },
    arbitrary,
  )

  it.prop(
    "is, at any recorded time, what had been recorded by then",
    { steps: histories, sizes: cuts, perBlock: number(1, 40), at: number(0, 120) },
    ({ steps, sizes, perBlock, at }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const count = Math.min(at, events.length)
      const millis = events[count - 1]?.recorded.recordedAt ?? 0
      const cut = cutAtRecordedTime(db, timestamp(millis))
      expect(past(db, cut, perBlock)).toEqual(naive(events.slice(0, count)))
    },
    arbitrary,
  )

  it.prop(
    "is, by event time, what the captures seen by then come to, whenever they were recorded",
    { steps: histories, sizes: cuts, perBlock: number(1, 40), second: number(0, 7) },
    ({ steps, sizes, perBlock, second }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const until = time(`2031-01-03T00:00:0${second}Z`)
      const state = past(db, cutAtEventTime(until), perBlock)
      const expected = naive(standing(events).filter((event) => timeOf(event) <= until))
      expect(happened(state)).toEqual(happened(expected))
    },
    arbitrary,
  )

  it.prop(
    "is the present at the end of the log and of time",
    { steps: histories, sizes: cuts, perBlock: number(1, 40) },
    ({ steps, sizes, perBlock }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const { said: _, ...present } = reuseState(db)
      const end = time("2040-01-01T00:00:00Z")
      expect(past(db, cutAtRecordedTime(db, end), perBlock)).toEqual(present)
      const versions = ({ keys }: Pick<ReuseState, "keys">) =>
        keys.map(({ findingId, version }) => [findingId, version])
      const seen = past(db, cutAtEventTime(end), perBlock)
      expect(happened(seen)).toEqual(happened(present))
      expect(versions(seen)).toEqual(versions(present))
    },
    arbitrary,
  )

  it("leaves the present as it was", () => {
    const db = foldBatches([[captured(), captured({ decky: "decky-02" })]])
    const present = reuseState(db)
    expect(past(db, { by: "recorded-time", ordinal: 1 }, 5000).keys[0]?.version).toBe(0)
    expect(() =>
      asOf(db, { by: "recorded-time", ordinal: 1 }, () => {
        throw new Error("asked wrongly")
      }),
    ).toThrow("asked wrongly")
    expect(reuseState(db)).toEqual(present)
    expect(present.keys[0]?.version).toBe(1)
  })

  it("has attackers by the UUIDs that they had", () => {
    const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"
    const db = foldBatches([[captured(), identified({ ip: "192.0.2.1", uuid })]])
    const uuidAt = (ordinal: number) =>
      past(db, { by: "recorded-time", ordinal }, 5000).attackers.map((one) => one.uuid === uuid)
    expect([uuidAt(0), uuidAt(1), uuidAt(2)]).toEqual([[], [false], [true]])
  })

  it("takes an event for recorded no earlier than those before it", () => {
    const events = [captured(), captured(), captured()]
    const [first, second, third] = events
    if (first === undefined || second === undefined || third === undefined) throw new Error("three")
    const setBack = {
      ...second,
      recorded: { ...second.recorded, recordedAt: first.recorded.recordedAt - 1000 },
    } as DecodedEvent // the same event with another time
    const db = foldBatches([[first, setBack, third]])
    const at = (millis: number) => cutAtRecordedTime(db, timestamp(millis))
    expect(at(first.recorded.recordedAt - 1)).toEqual({ by: "recorded-time", ordinal: 0 })
    expect(at(first.recorded.recordedAt)).toEqual({ by: "recorded-time", ordinal: 2 })
  })
})

const timestamp = (millis: number): Timestamp => {
  const made = timestampFromMillis(millis)
  if (made === undefined) throw new Error("no time")
  return made
}

// The first word about an address in the log is the one that stands, whatever time a later one gives.
const standing = (events: ReadonlyArray<DecodedEvent>): ReadonlyArray<DecodedEvent> => {
  const known = new Set<string>()
  return events.filter((event) => {
    if (event.type !== "attacker.identified") return true
    const isFirst = !known.has(event.data.attackerIp)
    known.add(event.data.attackerIp)
    return isFirst
  })
}

const timeOf = (event: DecodedEvent): Timestamp => {
  switch (event.type) {
    case "credential.captured":
      return event.data.observedAt
    case "attacker.identified":
      return event.data.identifiedAt
    default:
      return time("2031-01-03T00:00:00Z")
  }
}

// What does not depend on what was announced, nor on which attempt was recorded first.
const happened = ({ keys, credentials, attackers }: Omit<ReuseState, "said">) => ({
  keys: keys
    .map(
      ({ findingId, firstSeen, lastSeen, attemptCount, targetCount, attackerCount, ...key }) => ({
        span: [findingId, firstSeen, lastSeen, attemptCount, targetCount, attackerCount],
        targets: key.targets.map(({ ordinal: _, ...pair }) => JSON.stringify(pair)).sort(),
        attackers: key.attackers.map(({ ordinal: _, ...pair }) => JSON.stringify(pair)).sort(),
      }),
    )
    .sort((a, b) => (JSON.stringify(a.span) < JSON.stringify(b.span) ? -1 : 1)),
  credentials: credentials.map(({ fields: _, ...credential }) => credential),
  attackers: attackers
    .map(({ ip, uuid, firstSeen, lastSeen, attemptCount }) => [
      ip,
      uuid,
      firstSeen,
      lastSeen,
      attemptCount,
    ])
    .sort(),
})
