import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect } from "vitest"
import type { RecordedEvent } from "../../../src/domain/event/events.ts"
import { commitBatch, type Sink } from "../../../src/infra/readmodel/project.ts"
import { type Checkpoint, readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { policyChanged } from "../../projections/captureEvents.ts"
import { contentsAfter } from "./cleanReplay.ts"
import { captures } from "./logEvents.ts"
import { readModelContents } from "./readModelContents.ts"
import { announcing, currentDatabase, withFold } from "./sinks.ts"
import { storesTest } from "./storesTest.ts"

const recorded = (count: number): ReadonlyArray<RecordedEvent> =>
  captures(count).map((event) => event.recorded)

const broken = (event: RecordedEvent): RecordedEvent => ({
  ...event,
  data: { observedAt: "never" },
})

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))
const checkpoint = Effect.map(currentDatabase, (database) =>
  readCheckpoint(database, "credential-reuse"),
)
const deadLetters = Effect.map(currentDatabase, (database) =>
  database.prepare("SELECT * FROM dead_letters ORDER BY position").all(),
)

/** A projection that throws when it has folded half of a batch, as often as it is told to. */
const failing = <E>(projection: Sink<E>, times: number): Sink<E> => {
  let left = times
  return withFold(projection, (fold) => ({
    apply: (events, refuse) => {
      if (left === 0) return fold.apply(events, refuse)
      left--
      const batch = [...events]
      fold.apply(batch.slice(0, batch.length / 2), refuse)
      throw new TypeError("a bug")
    },
  }))
}

describe("commitBatch", () => {
  storesTest("writes the rows, what they announce and the checkpoint together", () =>
    Effect.gen(function* () {
      const projection = yield* announcing
      const events = recorded(60)
      const from = yield* checkpoint
      const middle = yield* commitBatch(projection, from, events.slice(0, 25), "stop")
      expect(middle).toEqual({ position: events[24]?.position, commitNo: 1 })
      expect(yield* checkpoint).toEqual(middle)
      expect(yield* contents).toEqual(contentsAfter(events.slice(0, 25)))
      yield* commitBatch(projection, middle, events.slice(25), "stop")
      expect(yield* contents).toEqual(contentsAfter(events))
    }),
  )

  const stale: Readonly<Record<string, (start: Checkpoint, now: Checkpoint) => Checkpoint>> = {
    "has moved": (start) => start,
    "is where it was, but rows were written since": (_, now) => ({ ...now, commitNo: 0 }),
  }
  for (const [what, expectedBy] of Object.entries(stale)) {
    storesTest(`abandons the batch where the checkpoint ${what}`, () =>
      Effect.gen(function* () {
        const [mine, others] = [yield* announcing, yield* announcing]
        const changed = policyChanged({ minTargets: 5 }).recorded
        const events = [...recorded(4), changed, ...recorded(55)]
        const start = yield* checkpoint
        const now = yield* commitBatch(others, start, events.slice(0, 30), "stop")
        const expected = expectedBy(start, now)
        const before = yield* contents
        const failure = yield* Effect.flip(commitBatch(mine, expected, events.slice(0, 40), "stop"))
        expect(failure).toMatchObject({
          _tag: "CheckpointMoved",
          expected: expected.position,
          actual: now.position,
        })
        expect(yield* contents).toEqual(before)
        // Nothing of the abandoned batch is remembered either.
        yield* commitBatch(mine, now, events.slice(30), "stop")
        expect(yield* contents).toEqual(contentsAfter(events))
      }),
    )
  }

  describe("with a poison event", () => {
    storesTest("stops just before it, keeping what came before", () =>
      Effect.gen(function* () {
        const projection = yield* announcing
        const events = recorded(60).map((event, n) => (n === 40 ? broken(event) : event))
        const failure = yield* Effect.flip(
          commitBatch(projection, yield* checkpoint, events, "stop"),
        )
        expect(failure).toMatchObject({ _tag: "PoisonEvent", eventId: events[40]?.id })
        expect((yield* checkpoint).position).toBe(events[39]?.position)
        expect(yield* contents).toEqual(contentsAfter(events.slice(0, 40)))
      }),
    )

    storesTest("changes nothing where it is the first", () =>
      Effect.gen(function* () {
        const projection = yield* announcing
        const [first, ...rest] = recorded(10)
        if (first === undefined) throw new Error("ten were asked for")
        const before = yield* contents
        const failure = yield* Effect.flip(
          commitBatch(projection, yield* checkpoint, [broken(first), ...rest], "stop"),
        )
        expect(failure).toMatchObject({ _tag: "PoisonEvent", eventId: first.id })
        expect(yield* contents).toEqual(before)
      }),
    )

    storesTest("sets it aside where that is wanted, and folds the rest", () =>
      Effect.gen(function* () {
        const projection = yield* announcing
        const events = recorded(60)
        const bad = [3, 40, 59]
        const read = events.map((event, n) => (bad.includes(n) ? broken(event) : event))
        yield* commitBatch(projection, yield* checkpoint, read, "skip")
        expect((yield* checkpoint).position).toBe(events[59]?.position)
        expect(yield* deadLetters).toMatchObject(
          bad.map((n) => ({
            projection: "credential-reuse",
            position: events[n]?.position,
            event_id: events[n]?.id,
            type: "credential.captured",
            stream: "capture-test",
            revision: events[n]?.revision,
            reason: expect.stringContaining("observedAt"),
            retried: 0,
          })),
        )
        const { dead_letters: _, checkpoints: __, ...rows } = yield* contents
        expect(contentsAfter(events.filter((_, n) => !bad.includes(n)))).toMatchObject(rows)
      }),
    )
  })

  storesTest(
    "leaves the state from before when folding throws, and forgets what it remembered",
    () =>
      Effect.gen(function* () {
        const projection = failing(yield* announcing, 2)
        const events = recorded(60)
        const start = yield* checkpoint
        const empty = yield* contents
        const first = yield* Effect.exit(
          commitBatch(projection, start, events.slice(0, 30), "stop"),
        )
        expect(Exit.isFailure(first) && Cause.squash(first.cause)).toBeInstanceOf(TypeError)
        expect(yield* contents).toEqual(empty)
        yield* Effect.exit(commitBatch(projection, start, events.slice(0, 30), "stop"))
        const middle = yield* commitBatch(projection, start, events.slice(0, 30), "stop")
        yield* commitBatch(projection, middle, events.slice(30), "stop")
        expect(yield* contents).toEqual(contentsAfter(events))
      }),
  )

  storesTest("leaves the state from before when the disk is full, and goes on when it is not", () =>
    Effect.gen(function* () {
      const projection = yield* announcing
      const database = yield* currentDatabase
      const events = recorded(3000)
      const middle = yield* commitBatch(projection, yield* checkpoint, events.slice(0, 50), "stop")
      const before = yield* contents
      const pages = Number(database.pragma("page_count", { simple: true }))
      database.pragma(`max_page_count = ${pages + 5}`)
      const failure = yield* Effect.flip(commitBatch(projection, middle, events.slice(50), "stop"))
      expect(failure).toMatchObject({ _tag: "ReadModelUnavailable", kind: "disk-full" })
      expect(database.inTransaction).toBe(false)
      expect(yield* contents).toEqual(before)
      database.pragma("max_page_count = 1073741823")
      yield* commitBatch(projection, middle, events.slice(50), "stop")
      expect(yield* contents).toEqual(contentsAfter(events))
    }),
  )

  storesTest("stops at an event that may concern every key, and says what would pass it", () =>
    Effect.gen(function* () {
      const projection = yield* announcing
      const [first, second] = recorded(2)
      if (first === undefined || second === undefined) throw new Error("there are two")
      const from = yield* checkpoint
      const poison = broken(second)
      const failure = yield* Effect.flip(
        commitBatch(projection, from, [first, poison], "quarantine"),
      )
      expect(failure.message).toContain("--on-poison skip")
      expect((yield* checkpoint).position).toBe(first.position)
      expect(yield* deadLetters).toEqual([])
    }),
  )
})
