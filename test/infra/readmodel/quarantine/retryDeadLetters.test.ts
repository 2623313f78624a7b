import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { DecodedEvent } from "../../../../src/domain/event/events.ts"
import { catchUp } from "../../../../src/infra/readmodel/catchUp.ts"
import { commitBatch } from "../../../../src/infra/readmodel/project.ts"
import { retryDeadLetters } from "../../../../src/infra/readmodel/quarantine/retryDeadLetters.ts"
import { readCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { decisionsOf } from "../../../../src/projections/deadLetters.ts"
import { currentPolicy } from "../../../../src/projections/reuse/policies.ts"
import { captured, policyChanged } from "../../../projections/captureEvents.ts"
import { cleanReplay } from "../cleanReplay.ts"
import { lastingContents } from "../lastingContents.ts"
import { append, captures, rewrite } from "../logEvents.ts"
import { readModelContents } from "../readModelContents.ts"
import { announcing, currentDatabase, withFold } from "../sinks.ts"
import { storesTest } from "../storesTest.ts"

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))
const checkpoint = Effect.map(currentDatabase, (database) =>
  readCheckpoint(database, "credential-reuse"),
)

const letters = Effect.map(currentDatabase, (database) => [
  ...decisionsOf(database, "credential-reuse").values(),
])

/** Folds events of which some are broken, and mends those afterwards. */
const foldBroken = Effect.fnUntraced(function* (
  data: string,
  events: ReadonlyArray<DecodedEvent>,
  broken: ReadonlyArray<DecodedEvent | undefined>,
) {
  yield* append(events)
  for (const event of broken) yield* rewrite(data, event?.recorded.id ?? "", "[]")
  yield* catchUp("skip")
  expect(yield* letters).toHaveLength(broken.length)
  const waiting = yield* letters
  for (const event of broken) {
    yield* rewrite(data, event?.recorded.id ?? "", JSON.stringify(event?.data))
  }
  return waiting
})

describe("retryDeadLetters", () => {
  storesTest("gives what a clean replay gives, once the events decode", (data) =>
    Effect.gen(function* () {
      const events = captures(300)
      // By then every target and attacker has been seen with every secret that they come with.
      const broken = [events[291], events[295]]
      const waiting = yield* foldBroken(data, events, broken)
      expect(yield* retryDeadLetters(yield* announcing, waiting)).toBe(2)
      expect(lastingContents(yield* contents)).toEqual(lastingContents(yield* cleanReplay))
      expect((yield* letters).map(({ retried }) => retried)).toEqual([true, true])
    }),
  )

  storesTest("finds and announces what nobody could know without the event", (data) =>
    Effect.gen(function* () {
      const events = [
        captured({ decky: "north", ip: "192.0.2.40" }),
        captured({ decky: "south", ip: "192.0.2.41" }),
        captured({ decky: "north", ip: "192.0.2.40" }),
      ]
      const waiting = yield* foldBroken(data, events, [events[1]])
      expect((yield* contents).finding_history).toEqual([])
      yield* retryDeadLetters(yield* announcing, waiting)
      const { finding_history = [], outbox = [], ...rows } = lastingContents(yield* contents)
      const clean = lastingContents(yield* cleanReplay)
      expect(clean).toMatchObject({
        finding_targets: rows.finding_targets,
        finding_attackers: rows.finding_attackers,
        credentials: rows.credentials,
        attackers: rows.attackers,
      })
      expect([finding_history.length, outbox.length]).toEqual([1, 0])
      expect((yield* contents).outbox).toHaveLength(2)
    }),
  )

  storesTest("leaves alone what still does not decode", (data) =>
    Effect.gen(function* () {
      const events = captures(50)
      const waiting = yield* foldBroken(data, events, [events[10], events[20]])
      yield* rewrite(data, events[10]?.recorded.id ?? "", `{"still":"broken"}`)
      const before = yield* checkpoint
      expect(yield* retryDeadLetters(yield* announcing, waiting)).toBe(1)
      expect((yield* letters).map(({ retried }) => retried)).toEqual([false, true])
      expect(yield* retryDeadLetters(yield* announcing, yield* letters)).toBe(0)
      expect(yield* checkpoint).toEqual({ ...before, commitNo: before.commitNo + 1 })
    }),
  )

  storesTest("folds a letter once, however many retry it at the same time", (data) =>
    Effect.gen(function* () {
      const events = captures(300)
      const waiting = yield* foldBroken(data, events, [events[291]])
      const projection = yield* announcing
      expect(yield* retryDeadLetters(projection, [...waiting, ...waiting])).toBe(1)
      // With a list that was read before the first retry.
      expect(yield* retryDeadLetters(yield* announcing, waiting)).toBe(0)
      expect(lastingContents(yield* contents)).toEqual(lastingContents(yield* cleanReplay))
    }),
  )

  storesTest("leaves alone the letters of other projections", (data) =>
    Effect.gen(function* () {
      const events = captures(50)
      const waiting = yield* foldBroken(data, events, [events[10]])
      const others = waiting.map((letter) => ({ ...letter, projection: "another" }))
      const before = yield* contents
      expect(yield* retryDeadLetters(yield* announcing, others)).toBe(0)
      expect(yield* contents).toEqual(before)
    }),
  )

  storesTest("lets a projection that is under way know that the rows have changed", (data) =>
    Effect.gen(function* () {
      const events = captures(50)
      const waiting = yield* foldBroken(data, events, [events[10]])
      const underWay = yield* announcing
      const from = yield* checkpoint
      yield* retryDeadLetters(yield* announcing, waiting)
      const next = captures(5).map(({ recorded }) => recorded)
      const failure = yield* Effect.flip(commitBatch(underWay, from, next, "stop"))
      expect(failure).toMatchObject({ _tag: "CheckpointMoved" })
    }),
  )

  storesTest("does not bring back an old policy for what comes after", (data) =>
    Effect.gen(function* () {
      const [old, present] = [policyChanged({ minTargets: 5 }), policyChanged({ minTargets: 3 })]
      const waiting = yield* foldBroken(data, [old, present], [old])
      const projection = yield* announcing
      expect(yield* retryDeadLetters(projection, waiting)).toBe(1)
      const database = yield* currentDatabase
      expect(currentPolicy(database).minTargets).toBe(3)
      const three = ["a", "b", "c"].map((decky) => captured({ decky, password: "three" }).recorded)
      yield* commitBatch(projection, yield* checkpoint, three, "stop")
      expect((yield* contents).finding_history).toHaveLength(1)
    }),
  )

  storesTest("leaves the letters waiting when folding them throws", (data) =>
    Effect.gen(function* () {
      const events = captures(300)
      const waiting = yield* foldBroken(data, events, [events[291]])
      const before = yield* contents
      const projection = yield* announcing
      const failing = withFold(projection, () => ({
        apply: () => {
          throw new TypeError("a bug")
        },
      }))
      yield* Effect.exit(retryDeadLetters(failing, waiting))
      expect(yield* contents).toEqual(before)
      expect(yield* retryDeadLetters(projection, waiting)).toBe(1)
      expect(lastingContents(yield* contents)).toEqual(lastingContents(yield* cleanReplay))
    }),
  )
})
