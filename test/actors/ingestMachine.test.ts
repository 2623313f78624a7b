import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { createActor, SimulatedClock, type SnapshotFrom, waitFor } from "xstate"
import { classified } from "../../src/actors/failure.ts"
import { ingestMachine } from "../../src/actors/ingestMachine.ts"
import { healthyAfter } from "../../src/actors/lifeCycle.ts"
import { makeRunner } from "../../src/actors/Runner.ts"
import { retries } from "../../src/actors/verdict.ts"
import { classOf, makePuppet, type Trouble, trouble } from "./Puppet.ts"
import { quietFork } from "./quietFork.ts"

interface Report {
  readonly captures: number
}

const starting = { running: "starting" }
const reading = { running: { underWay: "reading" } }
const following = { running: { underWay: "following" } }

const begin = () => {
  const journal: Array<string> = []
  const puppet = makePuppet<Report, Trouble>("ingest", journal)
  const clock = new SimulatedClock()
  const runner = makeRunner(quietFork())
  const input = { runner, work: classified(puppet.work, classOf) }
  const actor = createActor(ingestMachine<Report>(), { input, clock }).start()
  const until = (holds: (snapshot: SnapshotFrom<typeof actor>) => boolean) => waitFor(actor, holds)
  const fail = (failure: Trouble) => {
    const { failure: before } = actor.getSnapshot().context
    puppet.last().end(Effect.fail(failure))
    return until(({ context }) => context.failure !== before)
  }
  return {
    journal,
    puppet,
    clock,
    runner,
    actor,
    until,
    fail,
    value: () => actor.getSnapshot().value,
  }
}

describe("ingestMachine", () => {
  it("starts, reads and is done with what the source came to", async () => {
    const { puppet, value, until } = begin()
    expect(value()).toEqual(starting)
    puppet.last().signal({ type: "progress", position: "auth.json:120", events: 3 })
    expect(value()).toEqual(reading)
    puppet.last().end(Effect.succeed({ captures: 3 }))
    const snapshot = await until(({ status }) => status === "done")
    expect(snapshot.value).toBe("done")
    expect(snapshot.output).toEqual({ how: "done", output: { captures: 3 } })
    expect(snapshot.context.progress).toEqual({ position: "auth.json:120", events: 3, gap: null })
  })

  it("follows a source once it has caught up, and reads again when it falls behind", () => {
    const { puppet, value, actor } = begin()
    puppet.last().signal({ type: "fellBehind" })
    expect(value()).toEqual(reading)
    puppet.last().signal({ type: "caughtUp" })
    expect(value()).toEqual(following)
    puppet.last().signal({ type: "progress", position: "auth.json:160", events: 1 })
    expect(value()).toEqual(following)
    puppet.last().signal({ type: "fellBehind" })
    expect(value()).toEqual(reading)
    actor.stop()
  })

  it("follows at once where there is nothing to read", () => {
    const { puppet, value, actor } = begin()
    puppet.last().signal({ type: "caughtUp" })
    expect(value()).toEqual(following)
    actor.stop()
  })

  it("fails at once when another writer has the source, and says so", async () => {
    const { puppet, clock, fail } = begin()
    const { value, output } = await fail(trouble("fatal"))
    expect(value).toBe("failed")
    expect(output).toEqual({ how: "failed", failure: trouble("fatal"), again: false })
    clock.increment(24 * 3_600_000)
    expect(puppet.runs).toHaveLength(1)
  })

  it("backs off from failures that may be over soon, and fails after too many in a row", async () => {
    const { clock, fail, value } = begin()
    for (let time = 0; time < retries.limit; time++) {
      const { context } = await fail(trouble("retry"))
      expect(value()).toBe("backingOff")
      clock.increment(context.delay)
      expect(value()).toEqual(starting)
    }
    const { output } = await fail(trouble("retry"))
    expect(value()).toBe("failed")
    expect(output).toMatchObject({ how: "failed", again: true })
  })

  it("forgets its failures after a healthy minute", async () => {
    const { actor, clock, fail, puppet } = begin()
    const { context } = await fail(trouble("retry"))
    clock.increment(context.delay)
    puppet.last().signal({ type: "caughtUp" })
    clock.increment(healthyAfter)
    expect(actor.getSnapshot().context).toMatchObject({ failures: 0, failure: null })
    actor.stop()
  })

  it.each([
    ["starting", () => {}],
    ["reading", ({ puppet }) => puppet.last().signal({ type: "fellBehind" })],
    ["following", ({ puppet }) => puppet.last().signal({ type: "caughtUp" })],
    ["backingOff", ({ fail }) => fail(trouble("retry"))],
  ] satisfies ReadonlyArray<[string, (machine: ReturnType<typeof begin>) => unknown]>)(
    "stops at once when it is told to while %s",
    async (state, go: (machine: ReturnType<typeof begin>) => unknown) => {
      const machine = begin()
      await go(machine)
      expect(JSON.stringify(machine.value())).toContain(state)
      machine.actor.send({ type: "stop" })
      await Effect.runPromise(machine.runner.settled)
      expect(machine.value()).toBe("stopped")
      expect(machine.actor.getSnapshot().output).toEqual({ how: "asked" })
      expect(machine.journal).toEqual(["ingest begun", "ingest ended"])
    },
  )
})
