import { describe, expect, it } from "@effect/vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import type { Span } from "../reference/ReuseState.ts"
import { foldBatches } from "./foldBatches.ts"
import { batchesOf, cuts, eventsOf, histories } from "./histories.ts"
import { outbox, reuseState, tableContents } from "./tables.ts"

const runs = (seed: number) => ({ arbitrary: { runs: 60, size: 120, seed } })

describe("folding a history", () => {
  it.prop(
    "comes to the same state, history and announcements, however it is cut into batches",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps)
      const whole = reuseState(foldBatches([events]))
      expect(reuseState(foldBatches(batchesOf(events, sizes)))).toEqual(whole)
      expect(reuseState(foldBatches(batchesOf(events, sizes), { restarted: true }))).toEqual(whole)
    },
    runs(2),
  )

  it.prop(
    "again, and cut in another way, writes the same tables byte for byte, and says nothing if told so",
    { steps: histories, first: cuts, second: cuts },
    ({ steps, first, second }) => {
      const events = eventsOf(steps)
      const live = foldBatches(batchesOf(events, first))
      const rebuilt = foldBatches(batchesOf(events, second), { voice: "silent" })
      expect(tableContents(rebuilt)).toEqual(tableContents(live))
      expect(outbox(rebuilt)).toEqual([])
    },
    runs(3),
  )

  it.prop(
    "in another order comes to the same captures, pairs and times, whatever it announced on the way",
    { steps: histories, sizes: cuts },
    ({ steps, sizes }) => {
      const events = eventsOf(steps).filter((event) => event.type === "credential.captured")
      const backwards = events.toReversed()
      expect(countsOf(batchesOf(backwards, sizes))).toEqual(countsOf([events]))
    },
    runs(4),
  )
})

// What does not depend on the order of the log.
const countsOf = (batches: ReadonlyArray<ReadonlyArray<DecodedEvent>>) => {
  const { keys, credentials, attackers } = reuseState(foldBatches(batches))
  const named = (
    names: ReadonlyArray<string | null>,
    { firstSeen, lastSeen, attemptCount }: Span,
  ) => JSON.stringify([...names, firstSeen, lastSeen, attemptCount])
  return {
    keys: keys
      .map((key) => [
        key.findingId,
        named([], key),
        key.open,
        key.targets.map((target) => named([target.decky, target.service], target)).sort(),
        key.attackers.map((attacker) => named([attacker.ip], attacker)).sort(),
      ])
      .sort(),
    credentials: credentials.map((credential) =>
      named(
        [credential.findingId, credential.decky, credential.service, credential.attackerIp],
        credential,
      ),
    ),
    attackers: attackers
      .map(({ ip, firstSeen, lastSeen, attemptCount }) => [ip, firstSeen, lastSeen, attemptCount])
      .sort(),
  }
}
