import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { createActor, SimulatedClock, waitFor } from "xstate"
import type { Failure } from "../../src/actors/Child.ts"
import { makeRunner } from "../../src/actors/effectRunner.ts"
import { healthyAfter, movedPolicy, retryPolicy } from "../../src/actors/retryPolicy.ts"
import { stateOf, type WorkerSnapshot, workerMachine } from "../../src/actors/worker.ts"
import { eventually } from "../support/eventually.ts"
import { controllableWork, failureOf } from "./controllableWork.ts"
import { quietFork } from "./quietFork.ts"

const begin = (gate?: Deferred.Deferred<void>) => {
  const journal: Array<string> = []
  const work = controllableWork("work", journal, gate)
  const child = { name: "work", kind: "projection", work: work.work } as const
  const clock = new SimulatedClock()
  const runner = makeRunner(quietFork(), child)
  const actor = createActor(workerMachine, { input: { child, runner }, clock }).start()
  const context = () => actor.getSnapshot().context
  const end = async (how: Effect.Effect<void, Failure>): Promise<WorkerSnapshot> => {
    const before = actor.getSnapshot()
    work.run().end(how)
    return waitFor(actor, (snapshot) => snapshot !== before)
  }
  return {
    journal,
    work,
    clock,
    actor,
    context,
    end,
    fail: (failure: Failure) => end(Effect.fail(failure)),
    state: () => stateOf(actor.getSnapshot()),
    settled: () => Effect.runPromise(runner.settled),
  }
}

type Worker = ReturnType<typeof begin>

/** Ends the present run `times` times with `retry`, sitting out each delay. */
const failAndRetry = async ({ fail, clock }: Worker, times: number) => {
  for (let time = 0; time < times; time++) {
    const { context } = await fail(failureOf("retry"))
    clock.increment(context.delay)
  }
}

/** What brings a worker that has just begun into a state. */
const ways = {
  booting: () => {},
  catchingUp: ({ work }) => work.run().signal({ type: "fellBehind" }),
  live: ({ work }) => work.run().signal({ type: "caughtUp" }),
  paused: ({ actor }) => actor.send({ type: "pause" }),
  backingOff: ({ fail }) => fail(failureOf("retry")),
  quarantined: ({ fail }) => fail(failureOf("poison")),
  failed: ({ fail }) => fail(failureOf("fatal")),
} satisfies Record<string, (worker: Worker) => unknown>

const beginIn = async (state: keyof typeof ways): Promise<Worker> => {
  const worker = begin()
  await ways[state](worker)
  expect(worker.state()).toBe(state)
  return worker
}

describe("a worker", () => {
  it("boots, catches up and is live, and catches up again when it falls behind", () => {
    const { work, state, context } = begin()
    expect(state()).toBe("booting")
    work.run().signal({ type: "progress", position: "007", events: 7 })
    expect(state()).toBe("catchingUp")
    work.run().signal({ type: "progress", position: "010", events: 3 })
    work.run().signal({ type: "caughtUp" })
    expect(state()).toBe("live")
    work.run().signal({ type: "progress", position: "011", events: 1 })
    expect(state()).toBe("live")
    work.run().signal({ type: "fellBehind" })
    expect(state()).toBe("catchingUp")
    expect(context()).toMatchObject({ position: "011", events: 11 })
    expect(work.runs).toHaveLength(1)
  })

  it("is live at once where there is nothing to catch up with", () => {
    const { work, state } = begin()
    work.run().signal({ type: "caughtUp" })
    expect(state()).toBe("live")
  })

  it("is done when its work has ended", async () => {
    const { work, end, clock } = begin()
    work.run().signal({ type: "progress", position: "auth.json:120", events: 3 })
    const snapshot = await end(Effect.void)
    expect(snapshot).toMatchObject({ status: "done", value: "done" })
    expect(snapshot.context).toMatchObject({ position: "auth.json:120", events: 3, failure: null })
    clock.increment(24 * 3_600_000)
    expect(work.runs).toHaveLength(1)
  })

  it("gets one message a batch, however many events are in it", () => {
    const { work, actor, context } = begin()
    let messages = 0
    actor.system.inspect({
      next: (event) => {
        if (event.type === "@xstate.event" && event.actorRef === actor) messages++
      },
    })
    for (let batch = 1; batch <= 10; batch++) {
      work.run().signal({ type: "progress", position: `${batch}`, events: 1000 })
    }
    expect(context().events).toBe(10_000)
    expect(messages).toBe(10)
  })

  it("learns nothing more of a run that it has ended", () => {
    const { work, actor, state } = begin()
    const { signal } = work.run()
    actor.send({ type: "pause" })
    actor.send({ type: "resume" })
    signal({ type: "caughtUp" })
    expect(state()).toBe("booting")
  })

  it("does not begin another run before the finalizers of the last one are through", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const { work, actor, state, journal } = begin(gate)
    actor.send({ type: "pause" })
    actor.send({ type: "resume" })
    expect(state()).toBe("booting")
    expect(work.runs).toHaveLength(1)
    Deferred.doneUnsafe(gate, Effect.void)
    await Effect.runPromise(eventually(Effect.sync(() => work.runs.length === 2)))
    expect(journal).toEqual(["work begun", "work ended", "work begun"])
  })
})

describe("a worker whose work fails", () => {
  it("is quarantined by a poison event until it is told to retry", async () => {
    const { work, actor, state, context, clock } = await beginIn("quarantined")
    expect(context().failure?.message).toBe("poison failure")
    clock.increment(24 * 3_600_000)
    actor.send({ type: "resume" })
    expect(state()).toBe("quarantined")
    actor.send({ type: "retry" })
    expect(state()).toBe("booting")
    expect(work.runs).toHaveLength(2)
    expect(context().failure).toBeNull()
  })

  it("starts again at once when the checkpoint was moved, and does not count it", async () => {
    const { work, state, fail } = begin()
    for (let time = 1; time <= 3 * retryPolicy.limit; time++) {
      work.run().signal({ type: "progress", position: "1", events: 1 })
      const { context } = await fail(failureOf("moved"))
      expect(state()).toBe("booting")
      expect(context.failures).toBe(0)
      expect(work.runs).toHaveLength(time + 1)
    }
  })

  it("backs off a little when the checkpoint moves again and again without any progress", async () => {
    const { work, state, context, fail, clock } = begin()
    for (let time = 1; time <= movedPolicy.atOnce; time++) {
      await fail(failureOf("moved"))
      expect(state()).toBe("booting")
    }
    await fail(failureOf("moved"))
    expect(state()).toBe("backingOff")
    clock.increment(movedPolicy.first - 1)
    expect(state()).toBe("backingOff")
    clock.increment(1)
    expect(state()).toBe("booting")
    await fail(failureOf("moved"))
    expect(context()).toMatchObject({ delay: 2 * movedPolicy.first, failures: 0 })
    clock.increment(context().delay)
    work.run().signal({ type: "progress", position: "1", events: 1 })
    expect(context()).toMatchObject({ moves: 0, failure: null })
  })

  it.each([
    ["a passing failure", Effect.fail(failureOf("retry"))],
    ["a bug", Effect.die(new Error("a bug"))],
  ])(
    "doubles its delay from failure to failure up to a minute after %s, then gives up",
    async (_, failure) => {
      const { work, state, clock, end } = begin()
      const delays: Array<number> = []
      for (let time = 0; time < retryPolicy.limit; time++) {
        const { context } = await end(failure)
        delays.push(context.delay)
        expect(state()).toBe("backingOff")
        clock.increment(context.delay - 1)
        expect(state()).toBe("backingOff")
        clock.increment(1)
        expect(state()).toBe("booting")
      }
      const minute = 60_000
      expect(delays.slice(0, 10)).toEqual([
        1e3,
        2e3,
        4e3,
        8e3,
        16e3,
        32e3,
        minute,
        minute,
        minute,
        minute,
      ])
      expect(new Set(delays.slice(10))).toEqual(new Set([minute]))
      await end(failure)
      expect(state()).toBe("failed")
      clock.increment(24 * 3_600_000)
      expect(work.runs).toHaveLength(retryPolicy.limit + 1)
    },
  )

  it("waits for ever for what will be over one day, and may fail otherwise afterwards", async () => {
    const { state, fail, clock } = begin()
    for (let time = 0; time < 3 * retryPolicy.limit; time++) {
      const { context } = await fail(failureOf("wait"))
      expect(state()).toBe("backingOff")
      expect(context.failure).toEqual(failureOf("wait"))
      clock.increment(context.delay)
    }
    await fail(failureOf("retry"))
    expect(state()).toBe("backingOff")
  })

  it("has all its attempts again whenever it has got on, however often it fails", async () => {
    const worker = begin()
    const { work, context, state } = worker
    for (let outage = 0; outage < 3; outage++) {
      await failAndRetry(worker, retryPolicy.limit - 1)
      expect([state(), context().failures]).toEqual(["booting", retryPolicy.limit - 1])
      work.run().signal({ type: "progress", position: "0000000000000007", events: 0 })
      expect(context().failures).toBe(retryPolicy.limit - 1) // nothing has got on by that
      work.run().signal({ type: "progress", position: "0000000000000008", events: 3 })
      expect(context().failures).toBe(0)
    }
  })

  it("forgets its failures after a healthy minute", async () => {
    const worker = begin()
    const { clock, work, context, state, fail } = worker
    await failAndRetry(worker, retryPolicy.limit)
    clock.increment(healthyAfter)
    expect(context().failures).toBe(retryPolicy.limit) // it has not said anything yet
    work.run().signal({ type: "fellBehind" })
    clock.increment(healthyAfter - 1)
    work.run().signal({ type: "caughtUp" })
    expect(context().failures).toBe(retryPolicy.limit)
    clock.increment(1)
    expect(context()).toMatchObject({ failures: 0, failure: null })
    await fail(failureOf("retry"))
    expect(state()).toBe("backingOff")
    expect(context().delay).toBe(retryPolicy.first)
  })

  it("does not try again what would be the same next time, until it is told to", async () => {
    const { actor, context, state, clock, work } = await beginIn("failed")
    expect(context().failure).toEqual(failureOf("fatal"))
    clock.increment(24 * 3_600_000)
    expect(work.runs).toHaveLength(1)
    actor.send({ type: "retry" })
    expect(state()).toBe("booting")
    expect(work.runs).toHaveLength(2)
    expect(context().failure).toBeNull()
  })

  it("tries again at once when it is told to while it backs off, and counts from the start", async () => {
    const worker = begin()
    const { actor, context, state, work, fail, clock } = worker
    await failAndRetry(worker, 5)
    await fail(failureOf("retry"))
    actor.send({ type: "retry" })
    expect(state()).toBe("booting")
    clock.increment(60_000)
    expect(work.runs).toHaveLength(7)
    await fail(failureOf("retry"))
    expect(context().delay).toBe(retryPolicy.first)
  })
})

describe("a command to a worker", () => {
  it.each(["booting", "catchingUp", "live"] as const)(
    "pauses it while %s: its run ends, and another begins when it resumes",
    async (before) => {
      const { actor, state, journal, work, settled } = await beginIn(before)
      actor.send({ type: "pause" })
      expect(state()).toBe("paused")
      await settled()
      expect(journal).toEqual(["work begun", "work ended"])
      actor.send({ type: "resume" })
      expect(state()).toBe("booting")
      expect(work.runs).toHaveLength(2)
    },
  )

  it("pauses it while it backs off, and no delay starts it again", async () => {
    const { actor, state, clock, work, context } = await beginIn("backingOff")
    actor.send({ type: "pause" })
    clock.increment(3_600_000)
    expect(state()).toBe("paused")
    actor.send({ type: "resume" })
    expect(state()).toBe("booting")
    expect(work.runs).toHaveLength(2)
    expect(context().failures).toBe(0)
  })

  const uses: Record<keyof typeof ways, ReadonlyArray<string>> = {
    booting: ["pause", "stop"],
    catchingUp: ["pause", "stop"],
    live: ["pause", "stop"],
    paused: ["resume", "stop"],
    backingOff: ["pause", "retry", "stop"],
    quarantined: ["retry", "stop"],
    failed: ["retry", "stop"],
  }
  it.each(Object.keys(uses) as ReadonlyArray<keyof typeof ways>)(
    "is ignored where the state has no use for it: %s",
    async (before) => {
      const { actor, state } = await beginIn(before)
      for (const type of ["pause", "resume", "retry", "stop"] as const) {
        const isOfUse = uses[before].includes(type)
        expect(actor.getSnapshot().can({ type }), type).toBe(isOfUse)
        if (isOfUse) continue
        actor.send({ type })
        expect(state()).toBe(before)
      }
    },
  )

  it.each(Object.keys(ways) as ReadonlyArray<keyof typeof ways>)(
    "stops everything at once while it is %s",
    async (before) => {
      const { actor, state, context, journal, work, clock, settled } = await beginIn(before)
      actor.send({ type: "stop" })
      expect(state()).toBe("stopped")
      expect(context().failure).toBeNull()
      await settled()
      const count = (line: string) => journal.filter((entry) => entry === line).length
      expect(count("work begun")).toBe(count("work ended"))
      const runs = work.runs.length
      clock.increment(3_600_000)
      expect(work.runs).toHaveLength(runs)
    },
  )
})
