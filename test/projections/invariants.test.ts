import { describe, expect, it } from "@effect/vitest"
import { addedListLimit, type DecodedEvent } from "../../src/domain/event/events.ts"
import { defaultPolicy, isComparable } from "../../src/domain/finding/policy.ts"
import {
  filledTargets,
  type KeyState,
  type ReuseState,
  type Span,
} from "../reference/ReuseState.ts"
import { foldBatches } from "./foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "./histories.ts"
import { reuseState } from "./tables.ts"

const holds = (
  name: string,
  check: (state: ReuseState, events: ReadonlyArray<DecodedEvent>) => void,
) =>
  it.prop(
    name,
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps)
      check(reuseState(foldBatches(batchesOf(events, sizes))), events)
    },
    { arbitrary: { runs: 40, size: 120, seed: 5 } },
  )

const sum = <One>(all: ReadonlyArray<One>, of: (one: One) => number): number =>
  all.reduce((total, one) => total + of(one), 0)
const attempts = (spans: ReadonlyArray<Span>) => sum(spans, ({ attemptCount }) => attemptCount)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const isOpen = ({ open }: KeyState) => open

describe("whatever the history", () => {
  holds("nothing is last seen before it was first seen", ({ keys, credentials, attackers }) => {
    const spans = [
      ...keys,
      ...keys.flatMap((key) => [...key.targets, ...key.attackers]),
      ...credentials,
      ...attackers.filter(({ attemptCount }) => attemptCount > 0),
    ]
    for (const { firstSeen, lastSeen } of spans) {
      expect(firstSeen).not.toBeNull()
      expect((firstSeen ?? "") <= (lastSeen ?? "")).toBe(true)
    }
  })

  holds("a key lies exactly around its targets, and no attacker or credential outside", (state) => {
    for (const key of state.keys) {
      const firsts = key.targets.map(({ firstSeen }) => firstSeen)
      const lasts = key.targets.map(({ lastSeen }) => lastSeen)
      expect([firsts.sort()[0], lasts.sort().at(-1)]).toEqual([key.firstSeen, key.lastSeen])
      const inside = state.credentials.filter(({ findingId }) => findingId === key.findingId)
      for (const { firstSeen, lastSeen } of [...key.attackers, ...inside]) {
        expect(firstSeen >= key.firstSeen && lastSeen <= key.lastSeen).toBe(true)
      }
    }
  })

  holds("targets and attackers are distinct, counted, and numbered from 1", ({ keys }) => {
    for (const { targets, attackers, targetCount, attackerCount } of keys) {
      const pairs = new Set(targets.map(({ decky, service }) => `${decky}/${service}`))
      expect(pairs.size).toBe(targets.length)
      const ordinals = targets.map(({ ordinal }) => ordinal).filter((ordinal) => ordinal > 0)
      expect(filledTargets(targets)).toHaveLength(targetCount)
      const addresses = new Set(attackers.map(({ ip }) => ip))
      expect([attackers.length, addresses.size]).toEqual([attackerCount, attackerCount])
      expect(ordinals).toEqual(upTo(targetCount))
      expect(attackers.map(({ ordinal }) => ordinal)).toEqual(upTo(attackerCount))
    }
  })

  holds("every capture is counted, once, wherever captures are counted", (state, events) => {
    const captures = events.filter((event) => event.type === "credential.captured")
    const nameless = captures.filter(({ data }) => data.attackerIp === null).length
    const { keys, credentials, attackers } = state
    expect(attempts(credentials)).toBe(captures.length)
    expect(attempts(keys)).toBe(captures.length)
    expect(attempts(keys.flatMap(({ targets }) => targets))).toBe(captures.length)
    expect(attempts(keys.flatMap((key) => key.attackers)) + nameless).toBe(captures.length)
    expect(sum(attackers, ({ attemptCount }) => attemptCount) + nameless).toBe(captures.length)
  })

  holds("what is counted for a key is counted for its targets and its credentials", (state) => {
    for (const key of state.keys) {
      expect(attempts(key.targets)).toBe(key.attemptCount)
      const own = state.credentials.filter(({ findingId }) => findingId === key.findingId)
      expect(attempts(own)).toBe(key.attemptCount)
    }
  })

  holds("the history of a finding adds up to what it is now", ({ keys }) => {
    for (const key of keys) {
      expect(sum(key.history, (change) => change.addedTargetCount) + key.unannouncedTargets).toBe(
        key.targetCount,
      )
      expect(
        sum(key.history, (change) => change.addedAttackerCount) + key.unannouncedAttackers,
      ).toBe(key.attackerCount)
      expect(key.history.map(({ version }) => version)).toEqual(upTo(key.version))
    }
  })

  holds("a history opens once, grows while it is open, and its totals never shrink", ({ keys }) => {
    for (const { history, open } of keys) {
      const changes = history.map(({ change }) => change).join(" ")
      expect(changes).toMatch(/^(?:opened(?: grew)*(?: closed reopened(?: grew)*)*(?: closed)?)?$/)
      expect(open).toBe(history.length > 0 && !changes.endsWith("closed"))
      for (const [n, change] of history.entries()) {
        const before = history[n - 1]
        if (before === undefined) continue
        expect(change.position > before.position).toBe(true)
        expect(change.targetCount - before.targetCount).toBe(change.addedTargetCount)
        expect(change.attackerCount - before.attackerCount).toBe(change.addedAttackerCount)
        expect(change.attemptCount).toBeGreaterThanOrEqual(before.attemptCount)
      }
    }
  })

  holds("a finding is open where the policy in force lets it, and only there", (state, events) => {
    const changed = events.findLast(({ type }) => type === "reuse.policy.changed")
    const policy = changed?.type === "reuse.policy.changed" ? changed.data.policy : defaultPolicy
    for (const { open, secretKind, secretDigest, targetCount } of state.keys) {
      const capture = events.find(
        ({ type, data }) =>
          type === "credential.captured" &&
          data.secret?.kind === secretKind &&
          data.secret.digest === secretDigest,
      )
      const secret = capture?.type === "credential.captured" ? capture.data.secret : null
      expect(open).toBe(isComparable(policy, secret) && targetCount >= policy.minTargets)
    }
  })

  holds("what is found adds something, and every change lists what it adds by name", ({ keys }) => {
    for (const { history } of keys) {
      for (const change of history) {
        const { addedTargets, addedAttackers, addedAttackerUuids } = change
        expect(addedTargets).toHaveLength(Math.min(change.addedTargetCount, addedListLimit))
        expect(addedAttackers).toHaveLength(Math.min(change.addedAttackerCount, addedListLimit))
        if (change.change !== "opened" && change.change !== "grew") continue
        expect(
          addedTargets.length + addedAttackers.length + addedAttackerUuids.length,
        ).toBeGreaterThan(0)
      }
    }
  })

  holds("a finding has at least two targets and a secret", ({ keys }) => {
    for (const key of keys.filter(isOpen)) {
      expect(key.targetCount).toBeGreaterThanOrEqual(2)
      expect(key.secretKind).not.toBe("")
      expect(key.history[0]?.targetCount).toBeGreaterThanOrEqual(2)
    }
  })

  holds("what was announced is what the history says, in the order of the log", (state) => {
    const changes = state.keys.flatMap(({ findingId, history }) =>
      history.map(({ version, position, eventId }) => ({ findingId, version, position, eventId })),
    )
    const announced = state.said.filter(({ type }) => type.startsWith("credential.reuse."))
    expect(announced).toHaveLength(changes.length)
    const positions = announced.map(({ data, metadata }) => {
      expect(data).toMatchObject({ findingId: expect.any(String), version: expect.any(Number) })
      const { findingId, version } = data as { findingId: string; version: number } // just checked
      const change = changes.find((one) => one.findingId === findingId && one.version === version)
      expect(metadata).toMatchObject({ $causationId: change?.eventId })
      return change?.position ?? ""
    })
    expect([...positions].sort()).toEqual(positions)
  })

  holds("every address is announced once, when it is first seen", ({ said, attackers }) => {
    const streams = said.filter(({ type }) => type === "attacker.observed").map((one) => one.stream)
    const seen = attackers.filter(({ attemptCount }) => attemptCount > 0)
    expect(streams.sort()).toEqual(seen.map(({ ip }) => `attacker-${ip}`).sort())
  })

  holds(
    "no two announcements have one id, and those of a finding follow each other",
    ({ said }) => {
      expect(new Set(said.map(({ eventId }) => eventId)).size).toBe(said.length)
      const next = new Map<string, number>()
      for (const { stream, expectedRevision } of said) {
        if (expectedRevision === null) continue
        expect(expectedRevision).toBe(next.get(stream) ?? -1)
        next.set(stream, expectedRevision + 1)
      }
    },
  )
})
