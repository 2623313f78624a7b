import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { DecodedEvent } from "../../../src/domain/event/events.ts"
import { type FindingId, findingId } from "../../../src/domain/event/ids.ts"
import { timestampMicros } from "../../../src/domain/event/timestamp.ts"
import { reuseKeyOf } from "../../../src/domain/finding/reuseKey.ts"
import { asOf } from "../../../src/projections/past/asOf.ts"
import { listQueue } from "../../../src/projections/queries/listQueue.ts"
import { NaiveModel } from "../../reference/NaiveModel.ts"
import { captured, time, triaged } from "../captureEvents.ts"
import { foldBatches } from "../foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "../histories.ts"

const everything = { limit: 1000, offset: 0 }
const number = (from: number, to: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: from, maximum: to })))
const micros = (text: string) => timestampMicros(time(text))

type Triage = Extract<DecodedEvent, { readonly type: `finding.${string}` }>

/** Which open findings wait, worked out from the whole history, decision by decision. */
const naiveQueue = (events: ReadonlyArray<DecodedEvent>, now: number) => {
  const stateAt = (count: number) => {
    const model = new NaiveModel()
    for (const event of events.slice(0, count)) model.add(event)
    return new Map(model.state().keys.map((key) => [key.findingId, key]))
  }
  const places = (id: string, count: number) => {
    const places = new Set<string>()
    for (const event of events.slice(0, count)) {
      if (event.type !== "credential.captured" || findingId(reuseKeyOf(event.data)) !== id) continue
      places.add(`on ${event.data.decky}`)
      if (event.data.service !== "unknown") places.add(`in ${event.data.service}`)
    }
    return places
  }
  const end = stateAt(events.length)
  const waiting: Array<string> = []
  for (const [id, key] of end) {
    if (!key.open) continue
    const decisions = events.flatMap((event, index) =>
      event.type.startsWith("finding.") && (event as Triage).data.findingId === id
        ? [{ event: event as Triage, count: index + 1 }] // told by the names of their types
        : [],
    )
    const mute = decisions.findLast(({ event }) => /muted$/.test(event.type))
    const acknowledged = decisions.findLast(({ event }) => event.type === "finding.acknowledged")
    const isMuted =
      mute?.event.type === "finding.muted" &&
      (mute.event.data.until === undefined || timestampMicros(mute.event.data.until) > now) &&
      places(id, events.length).isSubsetOf(places(id, mute.count))
    const isUnchanged =
      acknowledged !== undefined &&
      (stateAt(acknowledged.count).get(id)?.version ?? 0) === key.version
    if (!isMuted && !isUnchanged) waiting.push(id)
  }
  return waiting.sort()
}

describe("listQueue", () => {
  it.prop(
    "is, at any moment, what the decisions and changes up to there leave",
    { steps: histories, sizes: cuts, perBlock: number(1, 40), at: number(0, 120) },
    ({ steps, sizes, perBlock, at }) => {
      const events = eventsOf(steps)
      const db = foldBatches(batchesOf(events, sizes), { perBlock })
      const ordinal = Math.min(at, events.length)
      for (const now of [micros("2031-01-03T00:00:02Z"), micros("2031-01-03T00:00:05Z")]) {
        const past = asOf(
          db,
          { by: "recorded-time", ordinal },
          (then) => listQueue(then, { ...everything, now }),
          perBlock,
        )
        const expected = naiveQueue(events.slice(0, ordinal), now)
        expect(past.findings.map(({ id }) => id).sort()).toEqual(expected)
        const present = listQueue(db, { ...everything, now })
        expect(present.findings.map(({ id }) => id).sort()).toEqual(naiveQueue(events, now))
      }
    },
    { arbitrary: { runs: 60, size: 120, seed: 5 } },
  )

  const password = "harbour-lantern-9"
  const on = (decky: string, service = "ssh", ip = "192.0.2.1") =>
    captured({ decky, service, ip, password })
  const opened = () => [on("north"), on("south")]
  const idOf = ([event]: ReadonlyArray<DecodedEvent>): FindingId => {
    if (event?.type !== "credential.captured") throw new Error("it begins with a capture")
    return findingId(reuseKeyOf(event.data))
  }
  const now = micros("2040-01-01T00:00:00Z")
  const queueAfter = (
    decide: (id: FindingId) => ReadonlyArray<DecodedEvent>,
    later: () => ReadonlyArray<DecodedEvent> = () => [],
  ) => {
    const start = opened()
    const decisions = decide(idOf(start))
    return listQueue(foldBatches([[...start, ...decisions, ...later()]]), { ...everything, now })
  }

  it("has a new finding on it", () => {
    const { total, findings } = queueAfter(() => [])
    expect(total).toBe(1)
    expect(findings[0]).toMatchObject({ attention: { why: "new" }, triage: { labels: [] } })
  })

  it("leaves an acknowledged finding out until it changes, and says what was added", () => {
    const acknowledge = (id: FindingId) => [
      triaged({ type: "finding.acknowledged", findingId: id }),
    ]
    expect(queueAfter(acknowledge)).toMatchObject({ total: 0, acknowledgedCount: 1, mutedCount: 0 })
    const same = queueAfter(acknowledge, () => [on("north")])
    expect(same.total).toBe(0)
    const grown = queueAfter(acknowledge, () => [on("west", "ssh", "192.0.2.7")])
    expect(grown.findings[0]?.attention).toMatchObject({
      why: "changed",
      addedTargetCount: 1,
      addedAttackerCount: 1,
    })
  })

  it("leaves a muted finding out until it reaches a new decky or service, and says which", () => {
    const mute = (id: FindingId) => [
      triaged({ type: "finding.muted", findingId: id, reason: "our scanner" } as const),
    ]
    expect(queueAfter(mute, () => [on("north", "ssh", "192.0.2.8")])).toMatchObject({
      total: 0,
      mutedCount: 1,
    })
    const spread = queueAfter(mute, () => [on("west"), on("north", "ftp"), on("north", "unknown")])
    expect(spread.findings[0]).toMatchObject({
      attention: { why: "spread", deckies: ["west"], services: ["ftp"] },
      triage: { muted: { reason: "our scanner", until: null, by: "ana@north" } },
    })
  })

  it("has a muted finding on it again once the time is over, or somebody says so", () => {
    const until = time("2031-06-01T00:00:00Z")
    const mute = (id: FindingId) =>
      triaged({ type: "finding.muted", findingId: id, reason: "later", until } as const)
    expect(queueAfter((id) => [mute(id)]).findings[0]?.attention).toEqual({
      why: "unmuted",
      since: until,
    })
    const unmuted = queueAfter((id) => [
      mute(id),
      triaged({ type: "finding.unmuted", findingId: id }),
    ])
    expect(unmuted.findings[0]).toMatchObject({
      attention: { why: "new" },
      triage: { muted: null },
    })
  })

  it("has the labels and notes of a finding", () => {
    const { findings } = queueAfter((id) => [
      triaged({ type: "finding.labelled", findingId: id, label: "vendor-x" } as const),
      triaged({ type: "finding.labelled", findingId: id, label: "botnet" } as const),
      triaged({ type: "finding.unlabelled", findingId: id, label: "vendor-x" } as const),
      triaged({ type: "finding.noted", findingId: id, note: "seen in March" } as const),
    ])
    expect(findings[0]?.triage).toMatchObject({
      labels: ["botnet"],
      notes: [{ note: "seen in March", by: "ana@north" }],
    })
  })
})
