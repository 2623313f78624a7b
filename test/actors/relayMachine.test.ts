import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { createActor, SimulatedClock, waitFor } from "xstate"
import { classified } from "../../src/actors/failure.ts"
import { healthyAfter } from "../../src/actors/lifeCycle.ts"
import { makeRunner } from "../../src/actors/Runner.ts"
import { relayMachine } from "../../src/actors/relayMachine.ts"
import { retries } from "../../src/actors/verdict.ts"
import { classOf, makePuppet, type Trouble, trouble } from "./Puppet.ts"
import { quietFork } from "./quietFork.ts"

const begin = () => {
  const journal: Array<string> = []
  const puppet = makePuppet<never, Trouble>("relay", journal)
  const clock = new SimulatedClock()
  const runner = makeRunner(quietFork())
  const input = { runner, work: classified(puppet.work, classOf) }
  const actor = createActor(relayMachine, { input, clock }).start()
  const fail = (failure: Trouble) => {
    const { failure: before } = actor.getSnapshot().context
    puppet.last().end(Effect.fail(failure))
    return waitFor(actor, ({ context }) => context.failure !== before)
  }
  return { journal, puppet, clock, runner, actor, fail }
}

describe("relayMachine", () => {
  it("runs and counts what it has relayed", () => {
    const { puppet, actor } = begin()
    puppet.last().signal({ type: "progress", position: "5", events: 4, gap: 2 })
    puppet.last().signal({ type: "progress", position: "7", events: 2, gap: 0 })
    expect(actor.getSnapshot().value).toBe("running")
    expect(actor.getSnapshot().context.progress).toEqual({ position: "7", events: 6, gap: 0 })
    actor.stop()
  })

  it("backs off and runs again, until there were too many failures in a row", async () => {
    const { actor, clock, fail } = begin()
    for (let time = 0; time < retries.limit; time++) {
      const { value, context } = await fail(trouble("retry"))
      expect(value).toBe("backingOff")
      clock.increment(context.delay)
      expect(actor.getSnapshot().value).toBe("running")
    }
    const { value, output } = await fail(trouble("retry"))
    expect(value).toBe("stopped")
    expect(output).toMatchObject({ how: "failed", again: true })
  })

  it("waits for ever for what will be over one day, and may fail otherwise afterwards", async () => {
    const { actor, clock, fail } = begin()
    for (let time = 0; time < 3 * retries.limit; time++) {
      const { value, context } = await fail(trouble("wait"))
      expect(value).toBe("backingOff")
      expect(context.failure).toMatchObject({ class: "wait", message: "wait trouble" })
      clock.increment(context.delay)
    }
    expect((await fail(trouble("retry"))).value).toBe("backingOff")
    actor.stop()
  })

  it("forgets its failures after a healthy minute", async () => {
    const { actor, clock, fail } = begin()
    const { context } = await fail(trouble("retry"))
    clock.increment(context.delay)
    expect(actor.getSnapshot().context.failures).toBe(1)
    clock.increment(healthyAfter)
    expect(actor.getSnapshot().context).toMatchObject({ failures: 0, failure: null })
    actor.stop()
  })

  it("stops at once at a fatal failure", async () => {
    const { fail } = begin()
    const { value, output } = await fail(trouble("fatal"))
    expect(value).toBe("stopped")
    expect(output).toMatchObject({ how: "failed", again: false })
  })

  it("stops when it is told to, running or backing off", async () => {
    const running = begin()
    running.actor.send({ type: "stop" })
    await Effect.runPromise(running.runner.settled)
    expect(running.actor.getSnapshot().output).toEqual({ how: "asked" })
    expect(running.journal).toEqual(["relay begun", "relay ended"])

    const backingOff = begin()
    await backingOff.fail(trouble("retry"))
    backingOff.actor.send({ type: "stop" })
    backingOff.clock.increment(3_600_000)
    expect(backingOff.actor.getSnapshot().output).toEqual({ how: "asked" })
    expect(backingOff.puppet.runs).toHaveLength(1)
  })
})
