import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import { SimulatedClock } from "xstate"
import type { Child, ChildKind } from "../../src/actors/Child.ts"
import { retryPolicy } from "../../src/actors/retryPolicy.ts"
import { type ChildStatus, ingestEnded, type Transition } from "../../src/actors/statusRegistry.ts"
import { type Supervisor, startSupervisor } from "../../src/actors/supervisor.ts"
import { controllableWork, failureOf } from "./controllableWork.ts"

/** The children of every test: one of each kind, controlled by the test. */
const makeStage = (gates: Record<string, Deferred.Deferred<void>> = {}) => {
  const journal: Array<string> = []
  const lines: Array<Transition> = []
  const clock = new SimulatedClock()
  const works = {
    relay: controllableWork("relay", journal, gates.relay),
    reuse: controllableWork("reuse", journal, gates.reuse),
    sensor: controllableWork("sensor", journal, gates.sensor),
  }
  const children: ReadonlyArray<Child> = [
    { name: "relay", kind: "relay", work: works.relay.work },
    { name: "reuse", kind: "projection", work: works.reuse.work },
    { name: "sensor", kind: "ingest", work: works.sensor.work },
  ]
  const start = (observe = (line: Transition): void => void lines.push(line)) =>
    Effect.tap(startSupervisor({ observe, clock }), ({ add }) =>
      Effect.sync(() => children.forEach(add)),
    )
  return { journal, lines, clock, children, start, ...works }
}

const perform = <A>(play: Effect.Effect<A, never, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.scoped(play), Logger.layer([])))

const until = (supervisor: Supervisor, name: string, state: ChildStatus["state"]) =>
  Effect.map(
    supervisor.waitFor((children) =>
      children.some((child) => child.name === name && child.state === state),
    ),
    (children) => statusOf(children, name),
  )

const statusOf = (children: ReadonlyArray<ChildStatus>, name: string) => {
  const found = children.find((child) => child.name === name)
  if (found === undefined) throw new Error(`no child is named ${name}`)
  return found
}

const states = (supervisor: Supervisor) =>
  Object.fromEntries(supervisor.all().map(({ name, state }) => [name, state]))

const bug = Effect.die(new Error("a bug"))

const day = 24 * 3_600_000

describe("startSupervisor", () => {
  it("starts its children and tells their states, in order", () =>
    perform(
      Effect.gen(function* () {
        const { start, lines, reuse, sensor } = makeStage()
        const supervisor = yield* start()
        sensor.run().signal({ type: "progress", position: "a.json:10", events: 2 })
        reuse.run().signal({ type: "progress", position: "2", events: 2 })
        reuse.run().signal({ type: "caughtUp" })
        sensor.run().end(Effect.void)
        yield* until(supervisor, "sensor", "done")
        expect(lines).toEqual([
          { actor: "relay", from: null, to: "booting" },
          { actor: "reuse", from: null, to: "booting" },
          { actor: "sensor", from: null, to: "booting" },
          { actor: "sensor", from: "booting", to: "catchingUp" },
          { actor: "reuse", from: "booting", to: "catchingUp" },
          { actor: "reuse", from: "catchingUp", to: "live" },
          { actor: "sensor", from: "catchingUp", to: "done" },
        ])
      }),
    ))

  it("knows of each child its state, since when, and how far it is", () =>
    perform(
      Effect.gen(function* () {
        const { start, clock, reuse, sensor } = makeStage()
        const supervisor = yield* start()
        clock.increment(1_500)
        reuse.run().signal({ type: "progress", position: "2", events: 2 })
        clock.increment(500)
        reuse.run().signal({ type: "progress", position: "4", events: 2 })
        expect(statusOf(supervisor.all(), "reuse")).toEqual({
          name: "reuse",
          kind: "projection",
          state: "catchingUp",
          since: 1_500,
          error: null,
          position: "4",
          events: 4,
          failures: 0,
        })
        sensor.run().end(Effect.void)
        expect(yield* until(supervisor, "sensor", "done")).toMatchObject({ since: 2_000 })
      }),
    ))

  it("knows whether all ingests are over, however they ended", () =>
    perform(
      Effect.gen(function* () {
        for (const [end, state] of [
          [Effect.void, "done"],
          [Effect.fail(failureOf("fatal")), "failed"],
        ] as const) {
          const { start, sensor } = makeStage()
          const supervisor = yield* start()
          expect(ingestEnded(supervisor.all())).toBe(false)
          sensor.run().end(end)
          const children = yield* supervisor.waitFor(ingestEnded)
          expect(statusOf(children, "sensor").state).toBe(state)
        }
      }),
    ))

  it("tells why a child left its state, also when it comes back to the same one", () =>
    perform(
      Effect.gen(function* () {
        const { start, lines, reuse } = makeStage()
        const supervisor = yield* start()
        lines.length = 0
        reuse.run().end(Effect.fail(failureOf("moved")))
        yield* supervisor.waitFor(() => reuse.runs.length === 2)
        reuse.run().signal({ type: "caughtUp" })
        reuse.run().end(Effect.fail(failureOf("poison")))
        const { error } = yield* until(supervisor, "reuse", "quarantined")
        expect(error).toBe("poison failure")
        expect(supervisor.send("reuse", "retry")).toBe(true)
        expect(states(supervisor).reuse).toBe("booting")
        expect(lines).toEqual([
          { actor: "reuse", from: "booting", to: "booting", error: "moved failure" },
          { actor: "reuse", from: "booting", to: "live" },
          { actor: "reuse", from: "live", to: "quarantined", error: "poison failure" },
          { actor: "reuse", from: "quarantined", to: "booting" },
        ])
      }),
    ))

  it("starts a child again after growing delays, and gives it up after too many", () =>
    perform(
      Effect.gen(function* () {
        const { start, lines, clock, reuse } = makeStage()
        const supervisor = yield* start()
        lines.length = 0
        for (let time = 0; time < retryPolicy.limit; time++) {
          reuse.run().end(bug)
          const waiting = yield* until(supervisor, "reuse", "backingOff")
          expect(waiting).toMatchObject({ error: "a bug", failures: time + 1 })
          const delay = Math.min(retryPolicy.max, retryPolicy.first * 2 ** time)
          clock.increment(delay - 1)
          expect(states(supervisor).reuse).toBe("backingOff")
          clock.increment(1)
          expect(states(supervisor).reuse).toBe("booting")
        }
        reuse.run().end(bug)
        expect((yield* until(supervisor, "reuse", "failed")).error).toBe("a bug")
        const failed = { actor: "reuse", from: "booting", error: "a bug" }
        expect(lines.slice(0, 2)).toEqual([
          { ...failed, to: "backingOff" },
          { actor: "reuse", from: "backingOff", to: "booting" },
        ])
        expect(lines.at(-1)).toEqual({ ...failed, to: "failed" })
        clock.increment(day)
        expect(reuse.runs).toHaveLength(retryPolicy.limit + 1)
      }),
    ))

  it("leaves the others alone when one child fails", () =>
    perform(
      Effect.gen(function* () {
        const { start, clock, reuse, relay, sensor } = makeStage()
        const supervisor = yield* start()
        reuse.run().signal({ type: "caughtUp" })
        relay.run().end(Effect.fail(failureOf("fatal")))
        sensor.run().end(bug)
        yield* until(supervisor, "relay", "failed")
        yield* until(supervisor, "sensor", "backingOff")
        expect(states(supervisor)).toEqual({
          relay: "failed",
          reuse: "live",
          sensor: "backingOff",
        })
        clock.increment(retryPolicy.first)
        expect(states(supervisor)).toEqual({ relay: "failed", reuse: "live", sensor: "booting" })
        expect(reuse.runs).toHaveLength(1)
        expect(relay.runs).toHaveLength(1)
      }),
    ))

  it("starts one more child beside the others, and stops it in its turn", () =>
    perform(
      Effect.gen(function* () {
        const { start, children, journal, lines, clock } = makeStage()
        const supervisor = yield* start()
        const late = controllableWork("late", journal)
        const child = { name: "late", kind: "ingest", work: late.work } as const
        supervisor.add(child)
        expect(supervisor.all().map(({ name }) => name)).toEqual([
          ...children.map(({ name }) => name),
          "late",
        ])
        expect(() => supervisor.add(child)).toThrow("two children are named late")
        late.run().end(Effect.fail(failureOf("retry")))
        yield* until(supervisor, "late", "backingOff")
        clock.increment(1_000)
        late.run().signal({ type: "progress", position: "p", events: 3 })
        expect((yield* until(supervisor, "late", "catchingUp")).events).toBe(3)
        yield* supervisor.stop
        expect(journal.slice(-4)).toEqual([
          "sensor ended",
          "late ended",
          "reuse ended",
          "relay ended",
        ])
        expect(lines.filter(({ actor }) => actor === "late").at(-1)?.to).toBe("stopped")
        const tooLate = controllableWork("too late", journal)
        supervisor.add({ name: "too late", kind: "ingest", work: tooLate.work })
        expect(tooLate.runs).toEqual([])
      }),
    ))

  it("lets a wait be given up", () =>
    perform(
      Effect.gen(function* () {
        const { start, reuse } = makeStage()
        const supervisor = yield* start()
        const never = supervisor.waitFor(() => false)
        const waiting = yield* Effect.forkChild(never, { startImmediately: true })
        reuse.run().signal({ type: "caughtUp" })
        yield* Fiber.interrupt(waiting)
        expect(states(supervisor).reuse).toBe("live")
      }),
    ))
})

describe("a command", () => {
  const kinds: ReadonlyArray<[ChildKind, "sensor" | "reuse" | "relay"]> = [
    ["ingest", "sensor"],
    ["projection", "reuse"],
    ["relay", "relay"],
  ]

  it.each(kinds)("pauses and resumes the child of kind %s, and no other", (_, name) =>
    perform(
      Effect.gen(function* () {
        const stage = makeStage()
        const supervisor = yield* stage.start()
        const others = { ...states(supervisor), [name]: undefined }
        stage[name].run().signal({ type: "caughtUp" })
        expect(supervisor.send(name, "pause")).toBe(true)
        yield* until(supervisor, name, "paused")
        yield* supervisor.waitFor(() => stage.journal.includes(`${name} ended`))
        expect({ ...states(supervisor), [name]: undefined }).toEqual(others)
        expect(supervisor.send(name, "resume")).toBe(true)
        expect(states(supervisor)[name]).toBe("booting")
        expect(stage[name].runs).toHaveLength(2)
      }),
    ),
  )

  it.each(kinds)("retries the child of kind %s once it has failed for good", (_, name) =>
    perform(
      Effect.gen(function* () {
        const stage = makeStage()
        const supervisor = yield* stage.start()
        stage[name].run().end(Effect.fail(failureOf("fatal")))
        expect((yield* until(supervisor, name, "failed")).error).toBe("fatal failure")
        expect(supervisor.send(name, "retry")).toBe(true)
        expect(statusOf(supervisor.all(), name)).toMatchObject({ state: "booting", error: null })
        expect(stage[name].runs).toHaveLength(2)
      }),
    ),
  )

  it.each(kinds)("stops the child of kind %s for good", (_, name) =>
    perform(
      Effect.gen(function* () {
        const stage = makeStage()
        const supervisor = yield* stage.start()
        expect(supervisor.send(name, "stop")).toBe(true)
        expect(states(supervisor)[name]).toBe("stopped")
        for (const command of ["pause", "resume", "retry", "stop"] as const) {
          expect(supervisor.send(name, command)).toBe(false)
        }
        stage.clock.increment(day)
        expect(stage[name].runs).toHaveLength(1)
      }),
    ),
  )

  it("is of no use to nobody, in a state that ignores it, or after a stop", () =>
    perform(
      Effect.gen(function* () {
        const supervisor = yield* makeStage().start()
        expect(supervisor.send("nobody", "pause")).toBe(false)
        expect(supervisor.send("supervisor", "stop")).toBe(false)
        expect(supervisor.send("reuse", "resume")).toBe(false)
        yield* supervisor.stop
        expect(supervisor.send("reuse", "pause")).toBe(false)
      }),
    ))
})

describe("stop", () => {
  const gated = () => {
    const gates = {
      sensor: Deferred.makeUnsafe<void>(),
      reuse: Deferred.makeUnsafe<void>(),
      relay: Deferred.makeUnsafe<void>(),
    }
    const open = Effect.forEach(Object.values(gates), (gate) => Deferred.succeed(gate, undefined))
    return { gates, open, ...makeStage(gates) }
  }

  it("stops ingests, then projections, then relays, each after the finalizers before", () =>
    perform(
      Effect.gen(function* () {
        const { gates, open, start, journal } = gated()
        const supervisor = yield* start()
        yield* Effect.addFinalizer(() => open)
        journal.length = 0
        const stopping = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
        yield* until(supervisor, "sensor", "stopped")
        expect(states(supervisor)).toMatchObject({ relay: "booting", reuse: "booting" })
        expect(supervisor.send("reuse", "pause")).toBe(false)
        expect(journal).toEqual([])
        yield* Deferred.succeed(gates.sensor, undefined)
        yield* until(supervisor, "reuse", "stopped")
        expect(states(supervisor).relay).toBe("booting")
        expect(journal).toEqual(["sensor ended"])
        yield* Deferred.succeed(gates.reuse, undefined)
        yield* until(supervisor, "relay", "stopped")
        expect(journal).toEqual(["sensor ended", "reuse ended"])
        expect(stopping.pollUnsafe()).toBeUndefined()
        yield* Deferred.succeed(gates.relay, undefined)
        yield* Fiber.join(stopping)
        expect(journal).toEqual(["sensor ended", "reuse ended", "relay ended"])
        yield* supervisor.stop
      }),
    ))

  it("is done when the scope ends", async () => {
    const { start, journal, lines } = makeStage()
    await perform(start())
    expect(journal.slice(-3)).toEqual(["sensor ended", "reuse ended", "relay ended"])
    expect(lines.slice(-3)).toEqual([
      { actor: "sensor", from: "booting", to: "stopped" },
      { actor: "reuse", from: "booting", to: "stopped" },
      { actor: "relay", from: "booting", to: "stopped" },
    ])
  })

  it("is immediate for a child that is backing off, paused, quarantined or failed", () =>
    perform(
      Effect.gen(function* () {
        const { start, clock, reuse, sensor, relay } = makeStage()
        const supervisor = yield* start()
        reuse.run().end(Effect.fail(failureOf("poison")))
        sensor.run().end(bug)
        relay.run().end(Effect.fail(failureOf("fatal")))
        yield* until(supervisor, "reuse", "quarantined")
        yield* until(supervisor, "sensor", "backingOff")
        yield* until(supervisor, "relay", "failed")
        yield* supervisor.stop
        expect(states(supervisor)).toEqual({
          relay: "stopped",
          reuse: "stopped",
          sensor: "stopped",
        })
        clock.increment(day)
        expect([reuse, sensor, relay].map(({ runs }) => runs.length)).toEqual([1, 1, 1])
      }),
    ))

  it("is complete also when it is asked for in the middle of a transition", () =>
    perform(
      Effect.gen(function* () {
        const { start, relay } = makeStage()
        const backsOff = Deferred.makeUnsafe<void>()
        const observe = ({ to }: Transition): void => {
          // Whoever waits for a deferred goes on inside the call that completes it.
          if (to === "backingOff") Deferred.doneUnsafe(backsOff, Effect.void)
        }
        const supervisor = yield* start(observe)
        relay.run().end(Effect.fail(failureOf("retry")))
        yield* Deferred.await(backsOff)
        yield* supervisor.stop
        const stopped = { relay: "stopped", reuse: "stopped", sensor: "stopped" }
        expect(states(supervisor)).toEqual(stopped)
      }),
    ))

  it("waits for the finalizers of a child that had already ended", () =>
    perform(
      Effect.gen(function* () {
        const { open, start, journal } = gated()
        const supervisor = yield* start()
        yield* Effect.addFinalizer(() => open)
        supervisor.send("sensor", "stop")
        supervisor.send("reuse", "stop")
        supervisor.send("relay", "stop")
        const stopping = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
        yield* Effect.yieldNow
        expect(stopping.pollUnsafe()).toBeUndefined()
        yield* open
        yield* Fiber.join(stopping)
        expect(journal.filter((line) => line.endsWith("ended"))).toHaveLength(3)
      }),
    ))
})
