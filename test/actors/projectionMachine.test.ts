import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { createActor, SimulatedClock, type SnapshotFrom, waitFor } from "xstate"
import { classified } from "../../src/actors/failure.ts"
import { healthyAfter } from "../../src/actors/lifeCycle.ts"
import { projectionMachine } from "../../src/actors/projectionMachine.ts"
import { makeRunner } from "../../src/actors/Runner.ts"
import { movedDelays, movesAtOnce, retries } from "../../src/actors/verdict.ts"
import { classOf, makePuppet, type Trouble, trouble } from "./Puppet.ts"
import { quietFork } from "./quietFork.ts"

type Snapshot = SnapshotFrom<typeof projectionMachine>

const booting = { running: "booting" }
const catchingUp = { running: { underWay: "catchingUp" } }
const live = { running: { underWay: "live" } }

const begin = (gate?: Deferred.Deferred<void>) => {
  const journal: Array<string> = []
  const puppet = makePuppet<never, Trouble>("work", journal, gate)
  const clock = new SimulatedClock()
  const runner = makeRunner(quietFork())
  const input = { runner, work: classified(puppet.work, classOf) }
  const actor = createActor(projectionMachine, { input, clock })
  actor.start()
  const value = () => actor.getSnapshot().value
  const until = (holds: (snapshot: Snapshot) => boolean) => waitFor(actor, holds)
  const fail = async (failure: Trouble): Promise<Snapshot> => {
    const { failure: before } = actor.getSnapshot().context
    puppet.last().end(Effect.fail(failure))
    return until(({ context }) => context.failure !== before)
  }
  return { journal, puppet, clock, runner, actor, value, until, fail }
}

/** Ends the present run `times` times with `retry`, sitting out each delay. */
const failAndRetry = async ({ fail, clock }: ReturnType<typeof begin>, times: number) => {
  for (let time = 0; time < times; time++) {
    const { context } = await fail(trouble("retry"))
    clock.increment(context.delay)
  }
}

describe("projectionMachine", () => {
  it("boots, catches up and is live, and catches up again when it falls behind", () => {
    const { puppet, actor, value } = begin()
    expect(value()).toEqual(booting)
    puppet.last().signal({ type: "progress", position: "007", events: 7, gap: 3 })
    expect(value()).toEqual(catchingUp)
    puppet.last().signal({ type: "progress", position: "010", events: 3, gap: 0 })
    puppet.last().signal({ type: "caughtUp" })
    expect(value()).toEqual(live)
    puppet.last().signal({ type: "progress", position: "011", events: 1 })
    expect(value()).toEqual(live)
    puppet.last().signal({ type: "fellBehind" })
    expect(value()).toEqual(catchingUp)
    expect(actor.getSnapshot().context.progress).toEqual({ position: "011", events: 11, gap: 0 })
    expect(puppet.runs).toHaveLength(1)
    actor.stop()
  })

  it("is live at once where there is nothing to catch up with", () => {
    const { puppet, actor, value } = begin()
    puppet.last().signal({ type: "caughtUp" })
    expect(value()).toEqual(live)
    actor.stop()
  })

  it("gets one message a batch, however many events are in it", () => {
    const { puppet, actor } = begin()
    let messages = 0
    actor.system.inspect({
      next: (event) => {
        if (event.type === "@xstate.event" && event.actorRef === actor) messages++
      },
    })
    for (let batch = 1; batch <= 10; batch++) {
      puppet.last().signal({ type: "progress", position: `${batch}`, events: 1000 })
    }
    expect(actor.getSnapshot().context.progress.events).toBe(10_000)
    expect(messages).toBe(10)
    actor.stop()
  })

  it("ends its run when it is paused and begins another when it is told to resume", async () => {
    const { puppet, actor, value, journal, runner } = begin()
    puppet.last().signal({ type: "caughtUp" })
    actor.send({ type: "pause" })
    expect(value()).toBe("paused")
    await Effect.runPromise(runner.settled)
    expect(journal).toEqual(["work begun", "work ended"])
    actor.send({ type: "resume" })
    expect(value()).toEqual(booting)
    expect(puppet.runs).toHaveLength(2)
    actor.stop()
  })

  it("does not begin another run before the finalizers of the last one are through", async () => {
    const gate = Deferred.makeUnsafe<void>()
    const { puppet, actor, value, journal, runner } = begin(gate)
    actor.send({ type: "pause" })
    actor.send({ type: "resume" })
    expect(value()).toEqual(booting)
    expect(puppet.runs).toHaveLength(1)
    Effect.runSync(Deferred.succeed(gate, undefined))
    await Effect.runPromise(
      Effect.whileLoop({
        while: () => puppet.runs.length < 2,
        body: () => Effect.yieldNow,
        step: () => {},
      }),
    )
    expect(journal).toEqual(["work begun", "work ended", "work begun"])
    actor.stop()
    await Effect.runPromise(runner.settled)
  })

  it("hears nothing more of a run that it has ended", () => {
    const { puppet, actor, value } = begin()
    const { signal } = puppet.last()
    actor.send({ type: "pause" })
    actor.send({ type: "resume" })
    signal({ type: "caughtUp" })
    expect(value()).toEqual(booting)
    actor.stop()
  })

  it("is quarantined by a poison event until it is told to resume", async () => {
    const { puppet, actor, value, until, fail, clock } = begin()
    const { context } = await fail(trouble("poison"))
    expect(value()).toBe("quarantined")
    expect(context.failure?.message).toBe("poison trouble")
    clock.increment(24 * 3_600_000)
    expect(value()).toBe("quarantined")
    actor.send({ type: "resume" })
    expect(value()).toEqual(booting)
    await until(() => puppet.runs.length === 2)
    expect(actor.getSnapshot().context.failure).toBeNull()
    actor.stop()
  })

  it("goes on at once when the checkpoint was moved, and does not count it as a failure", async () => {
    const { puppet, actor, value, fail } = begin()
    for (let time = 1; time <= 3 * retries.limit; time++) {
      puppet.last().signal({ type: "progress", position: "1", events: 1 })
      const { context } = await fail(trouble("moved"))
      expect(value()).toEqual(booting)
      expect(context.failures).toBe(0)
      expect(puppet.runs).toHaveLength(time + 1)
    }
    actor.stop()
  })

  it("backs off a little when the checkpoint moves again and again without any progress", async () => {
    const { puppet, actor, value, fail, clock } = begin()
    for (let time = 1; time <= movesAtOnce; time++) {
      await fail(trouble("moved"))
      expect(value()).toEqual(booting)
    }
    await fail(trouble("moved"))
    expect(value()).toBe("backingOff")
    clock.increment(movedDelays.first - 1)
    expect(value()).toBe("backingOff")
    clock.increment(1)
    expect(value()).toEqual(booting)
    const { context } = await fail(trouble("moved"))
    expect(context.delay).toBe(2 * movedDelays.first)
    expect(context.failures).toBe(0)
    clock.increment(context.delay)
    puppet.last().signal({ type: "progress", position: "1", events: 1 })
    expect(actor.getSnapshot().context).toMatchObject({ moves: 0, failure: null })
    actor.stop()
  })

  it("doubles its delay from failure to failure, up to the most", async () => {
    const machine = begin()
    const delays: Array<number> = []
    for (let time = 0; time < retries.limit; time++) {
      const { context } = await machine.fail(trouble("retry"))
      delays.push(context.delay)
      expect(machine.value()).toBe("backingOff")
      machine.clock.increment(context.delay - 1)
      expect(machine.value()).toBe("backingOff")
      machine.clock.increment(1)
      expect(machine.value()).toEqual(booting)
    }
    const most = 60_000
    expect(delays).toEqual([1e3, 2e3, 4e3, 8e3, 16e3, 32e3, most, most, most, most])
    machine.actor.stop()
  })

  it("gives up after too many failures in a row, and says that another start may help", async () => {
    const machine = begin()
    await failAndRetry(machine, retries.limit)
    const { output, value } = await machine.fail(trouble("retry"))
    expect(value).toBe("stopped")
    expect(output).toMatchObject({ how: "failed", again: true, failure: { class: "retry" } })
  })

  it("forgets its failures after a healthy minute", async () => {
    const machine = begin()
    const { clock, actor, puppet } = machine
    await failAndRetry(machine, retries.limit)
    clock.increment(healthyAfter)
    expect(actor.getSnapshot().context.failures).toBe(retries.limit)
    puppet.last().signal({ type: "fellBehind" })
    clock.increment(healthyAfter - 1)
    puppet.last().signal({ type: "caughtUp" })
    expect(actor.getSnapshot().context.failures).toBe(retries.limit)
    clock.increment(1)
    expect(actor.getSnapshot().context).toMatchObject({ failures: 0, failure: null })
    const { value, context } = await machine.fail(trouble("retry"))
    expect(value).toBe("backingOff")
    expect(context.delay).toBe(retries.first)
    actor.stop()
  })

  it("stops at a fatal failure, which another start would not cure", async () => {
    const { fail } = begin()
    const { value, output } = await fail(trouble("fatal"))
    expect(value).toBe("stopped")
    expect(output).toEqual({ how: "failed", failure: trouble("fatal"), again: false })
  })

  it("stops at a defect, which another start may cure", async () => {
    const { puppet, until } = begin()
    puppet.last().end(Effect.die(new Error("a bug")))
    const { value, output } = await until(({ status }) => status === "done")
    expect(value).toBe("stopped")
    const failure = { class: "defect", message: "a bug" }
    expect(output).toEqual({ how: "failed", failure, again: true })
  })

  it("takes work that throws before it is an effect for a defect", async () => {
    const work = (): Effect.Effect<never> => {
      throw new Error("no effect at all")
    }
    const input = { runner: makeRunner(quietFork()), work }
    const actor = createActor(projectionMachine, { input }).start()
    const { output } = await waitFor(actor, ({ status }) => status === "done")
    expect(output).toMatchObject({ failure: { class: "defect", message: "no effect at all" } })
  })

  describe("stop", () => {
    const ways: Record<string, (machine: ReturnType<typeof begin>) => unknown> = {
      booting: () => {},
      catchingUp: ({ puppet }) => puppet.last().signal({ type: "fellBehind" }),
      live: ({ puppet }) => puppet.last().signal({ type: "caughtUp" }),
      paused: ({ actor }) => actor.send({ type: "pause" }),
      backingOff: ({ fail }) => fail(trouble("retry")),
      quarantined: ({ fail }) => fail(trouble("poison")),
    }
    it.each(Object.entries(ways))("ends everything at once while %s", async (state, go) => {
      const machine = begin()
      await go(machine)
      expect(JSON.stringify(machine.value())).toContain(state)
      machine.actor.send({ type: "stop" })
      expect(machine.value()).toBe("stopped")
      expect(machine.actor.getSnapshot().output).toEqual({ how: "asked" })
      await Effect.runPromise(machine.runner.settled)
      const count = (line: string) => machine.journal.filter((entry) => entry === line).length
      expect(count("work begun")).toBe(count("work ended"))
      const runs = machine.puppet.runs.length
      machine.clock.increment(3_600_000)
      expect(machine.puppet.runs).toHaveLength(runs)
    })
  })
})
