import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type * as Scope from "effect/Scope"
import { describe, expect, it, vi } from "vitest"
import { createActor, SimulatedClock } from "xstate"
import type { Child } from "../../src/actors/Child.ts"
import { type ChildStatus, ingestEnded, type Transition } from "../../src/actors/ChildStatus.ts"
import { ingestChild } from "../../src/actors/ingestMachine.ts"
import { restarts, restartWindow } from "../../src/actors/keeperMachine.ts"
import { projectionChild, projectionMachine } from "../../src/actors/projectionMachine.ts"
import { relayChild } from "../../src/actors/relayMachine.ts"
import { type Supervisor, startSupervisor } from "../../src/actors/supervisor.ts"
import { classOf, makePuppet, type Trouble, trouble } from "./Puppet.ts"

type Mild = Trouble<"retry" | "fatal">

interface Report {
  readonly captures: number
}

const epoch = Date.UTC(2024, 0, 1)

const makeStage = (gates: Record<string, Deferred.Deferred<void>> = {}) => {
  const journal: Array<string> = []
  const lines: Array<Transition> = []
  const clock = new SimulatedClock()
  const projection = makePuppet<never, Trouble>("reuse", journal, gates.reuse)
  const relay = makePuppet<never, Mild>("relay", journal, gates.relay)
  const ingest = makePuppet<Report, Mild>("sensor", journal, gates.sensor)
  const children: ReadonlyArray<Child<Report>> = [
    relayChild({ name: "relay", relay: relay.work, classify: classOf }),
    projectionChild({ name: "reuse", project: projection.work, classify: classOf }),
    ingestChild({ name: "sensor", ingest: ingest.work, classify: classOf }),
  ]
  const options = {
    children,
    clock,
    now: () => epoch + clock.now(),
    observe: (line: Transition) => void lines.push(line),
  }
  return { journal, lines, clock, projection, relay, ingest, options }
}

const perform = <A>(play: Effect.Effect<A, never, Scope.Scope>): Promise<A> =>
  Effect.runPromise(Effect.provide(Effect.scoped(play), Logger.layer([])))

const until = (supervisor: Supervisor<Report>, name: string, state: string) =>
  Effect.map(
    supervisor.waitFor((children) => children.some(isAt(name, state))),
    (children) => statusOf(children, name),
  )

const isAt = (name: string, state: string) => (child: ChildStatus<Report>) =>
  child.name === name && child.state === state

const statusOf = (children: ReadonlyArray<ChildStatus<Report>>, name: string) => {
  const found = children.find((child) => child.name === name)
  if (found === undefined) throw new Error(`no child is named ${name}`)
  return found
}

const states = (supervisor: Supervisor<Report>) =>
  Object.fromEntries(supervisor.snapshot().map(({ name, state }) => [name, state]))

const bug = Effect.die(new Error("a bug"))

describe("startSupervisor", () => {
  it("starts its children and tells their states, in order", () =>
    perform(
      Effect.gen(function* () {
        const { options, lines, projection, ingest } = makeStage()
        const supervisor = yield* startSupervisor(options)
        ingest.last().signal({ type: "progress", position: "a.json:10", events: 2 })
        projection.last().signal({ type: "progress", position: "2", events: 2, gap: 0 })
        projection.last().signal({ type: "caughtUp" })
        ingest.last().end(Effect.succeed({ captures: 2 }))
        yield* until(supervisor, "sensor", "done")
        expect(lines).toEqual([
          { actor: "relay", from: null, to: "running" },
          { actor: "reuse", from: null, to: "booting" },
          { actor: "sensor", from: null, to: "starting" },
          { actor: "sensor", from: "starting", to: "reading" },
          { actor: "reuse", from: "booting", to: "catchingUp" },
          { actor: "reuse", from: "catchingUp", to: "live" },
          { actor: "sensor", from: "reading", to: "done" },
        ])
      }),
    ))

  it("knows of each child its state, since when, how far it is and what it came to", () =>
    perform(
      Effect.gen(function* () {
        const { options, clock, projection, ingest } = makeStage()
        const supervisor = yield* startSupervisor(options)
        clock.increment(1_500)
        projection.last().signal({ type: "progress", position: "2", events: 2, gap: 5 })
        clock.increment(500)
        projection.last().signal({ type: "progress", position: "4", events: 2, gap: 3 })
        expect(statusOf(supervisor.snapshot(), "reuse")).toEqual({
          name: "reuse",
          kind: "projection",
          state: "catchingUp",
          since: epoch + 1_500,
          error: null,
          progress: { position: "4", events: 4, gap: 3 },
          restarts: 0,
          ended: false,
        })
        ingest.last().end(Effect.succeed({ captures: 2 }))
        const done = yield* until(supervisor, "sensor", "done")
        expect(done).toMatchObject({ ended: true, output: { captures: 2 }, since: epoch + 2_000 })
      }),
    ))

  it("says whether all ingests are over, however they ended", () =>
    perform(
      Effect.gen(function* () {
        const first = makeStage()
        const supervisor = yield* startSupervisor(first.options)
        expect(ingestEnded(supervisor.snapshot())).toBe(false)
        first.ingest.last().end(Effect.succeed({ captures: 0 }))
        const children = yield* supervisor.waitFor(ingestEnded)
        expect(statusOf(children, "sensor").state).toBe("done")

        const second = makeStage()
        const other = yield* startSupervisor(second.options)
        second.ingest.last().end(Effect.fail(trouble("fatal")))
        expect(statusOf(yield* other.waitFor(ingestEnded), "sensor").state).toBe("failed")
      }),
    ))

  it("tells why a child left its state, also when it comes back to the same one", () =>
    perform(
      Effect.gen(function* () {
        const { options, lines, projection } = makeStage()
        const supervisor = yield* startSupervisor(options)
        lines.length = 0
        projection.last().end(Effect.fail(trouble("moved")))
        yield* supervisor.waitFor(() => projection.runs.length === 2)
        projection.last().signal({ type: "caughtUp" })
        projection.last().end(Effect.fail(trouble("poison")))
        const { error } = yield* until(supervisor, "reuse", "quarantined")
        expect(error).toBe("poison trouble")
        expect(supervisor.send("reuse", { type: "resume" })).toBe(true)
        expect(states(supervisor).reuse).toBe("booting")
        expect(lines).toEqual([
          { actor: "reuse", from: "booting", to: "booting", error: "moved trouble" },
          { actor: "reuse", from: "booting", to: "live" },
          { actor: "reuse", from: "live", to: "quarantined", error: "poison trouble" },
          { actor: "reuse", from: "quarantined", to: "booting" },
        ])
      }),
    ))

  it("starts a child again after growing delays, and gives it up after too many", () =>
    perform(
      Effect.gen(function* () {
        const { options, lines, clock, projection } = makeStage()
        const supervisor = yield* startSupervisor(options)
        lines.length = 0
        for (let time = 0; time < restarts.limit; time++) {
          projection.last().end(bug)
          const waiting = yield* until(supervisor, "reuse", "restarting")
          expect(waiting).toMatchObject({ error: "a bug", restarts: time + 1, ended: false })
          const delay = restarts.first * 2 ** time
          clock.increment(delay - 1)
          expect(states(supervisor).reuse).toBe("restarting")
          clock.increment(1)
          expect(states(supervisor).reuse).toBe("booting")
        }
        projection.last().end(bug)
        const { ended, error } = yield* until(supervisor, "reuse", "gaveUp")
        expect({ ended, error }).toEqual({ ended: true, error: "a bug" })
        expect(lines.slice(0, 2)).toEqual([
          { actor: "reuse", from: "booting", to: "restarting", error: "a bug" },
          { actor: "reuse", from: "restarting", to: "booting" },
        ])
        expect(lines.at(-1)).toEqual({
          actor: "reuse",
          from: "booting",
          to: "gaveUp",
          error: "a bug",
        })
        clock.increment(restartWindow)
        expect(projection.runs).toHaveLength(restarts.limit + 1)
        expect(supervisor.send("reuse", { type: "resume" })).toBe(false)
      }),
    ))

  it("never waits longer for a restart than the most, and forgets restarts of long ago", () =>
    perform(
      Effect.gen(function* () {
        const { options, clock, projection } = makeStage()
        const supervisor = yield* startSupervisor(options)
        for (let time = 0; time < 2 * restarts.limit; time++) {
          projection.last().end(bug)
          const waiting = yield* until(supervisor, "reuse", "restarting")
          expect(waiting.restarts).toBe(1)
          clock.increment(restarts.most)
          expect(states(supervisor).reuse).toBe("booting")
          clock.increment(restartWindow)
        }
      }),
    ))

  it("leaves the others alone when one child fails", () =>
    perform(
      Effect.gen(function* () {
        const { options, clock, projection, relay, ingest } = makeStage()
        const supervisor = yield* startSupervisor(options)
        projection.last().signal({ type: "caughtUp" })
        relay.last().end(Effect.fail(trouble("fatal")))
        ingest.last().end(bug)
        yield* until(supervisor, "relay", "stopped")
        yield* until(supervisor, "sensor", "restarting")
        expect(states(supervisor)).toEqual({
          relay: "stopped",
          reuse: "live",
          sensor: "restarting",
        })
        clock.increment(restarts.first)
        expect(states(supervisor)).toEqual({ relay: "stopped", reuse: "live", sensor: "starting" })
        expect(projection.runs).toHaveLength(1)
        expect(relay.runs).toHaveLength(1)
      }),
    ))

  it("survives a machine that breaks down, ends what it ran and starts it again", () =>
    perform(
      Effect.gen(function* () {
        const { options, clock, projection, journal } = makeStage()
        // XState's development build says that the run has nobody left to tell its end to.
        const warn = vi.spyOn(console, "warn").mockImplementation(() => {})
        yield* Effect.addFinalizer(() => Effect.sync(() => warn.mockRestore()))
        const broken = projectionMachine.provide({
          actions: {
            advance: () => {
              throw new Error("broken machine")
            },
          },
        })
        const fragile: Child<never> = {
          name: "fragile",
          kind: "projection",
          create: ({ runner, clock }) => {
            const { work } = makePuppet<never, never>("fragile", journal)
            const breaking: typeof work = (signal) => {
              signal({ type: "progress", position: "1", events: 1 })
              return work(signal)
            }
            return createActor(broken, { input: { runner, work: breaking }, clock })
          },
        }
        const children = [fragile, ...options.children]
        const supervisor = yield* startSupervisor({ ...options, children })
        const { error } = yield* until(supervisor, "fragile", "restarting")
        expect(error).toBe("broken machine")
        clock.increment(restarts.first)
        yield* supervisor.waitFor((now) => statusOf(now, "fragile").restarts === 2)
        projection.last().signal({ type: "caughtUp" })
        expect(states(supervisor).reuse).toBe("live")
        yield* supervisor.stop
        const fragiles = journal.filter((line) => line.startsWith("fragile"))
        expect(fragiles).toEqual([
          "fragile begun",
          "fragile ended",
          "fragile begun",
          "fragile ended",
        ])
      }),
    ))

  it("gives up a child that cannot even be created, and only that one", () =>
    perform(
      Effect.gen(function* () {
        const { options, lines } = makeStage()
        const stillborn: Child<never> = {
          name: "stillborn",
          kind: "relay",
          create: () => {
            throw new Error("not today")
          },
        }
        const children = [stillborn, ...options.children]
        const supervisor = yield* startSupervisor({ ...options, children })
        expect(states(supervisor)).toMatchObject({ stillborn: "gaveUp", reuse: "booting" })
        expect(lines[0]).toEqual({
          actor: "stillborn",
          from: null,
          to: "gaveUp",
          error: "not today",
        })
      }),
    ))

  it("refuses two children of one name", async () => {
    const { options } = makeStage()
    const children = [...options.children, ...options.children]
    const exit = await perform(Effect.exit(startSupervisor({ ...options, children })))
    expect(Exit.isFailure(exit)).toBe(true)
  })

  it("starts one more child beside the others, and stops it in its turn", () =>
    perform(
      Effect.gen(function* () {
        const { options, journal, lines } = makeStage()
        const supervisor = yield* startSupervisor(options)
        const late = makePuppet<Report, Mild>("late", journal)
        const child = ingestChild({ name: "late", ingest: late.work, classify: classOf })
        supervisor.add(child)
        expect(supervisor.snapshot().map(({ name }) => name)).toEqual([
          ...options.children.map(({ name }) => name),
          "late",
        ])
        expect(() => supervisor.add(child)).toThrow("two actors are named late")
        late.last().end(Effect.fail(trouble("retry")))
        yield* until(supervisor, "late", "backingOff")
        options.clock.increment(1_000)
        late.last().signal({ type: "progress", position: "p", events: 3 })
        expect((yield* until(supervisor, "late", "reading")).progress.events).toBe(3)
        yield* supervisor.stop
        expect(journal.slice(-4)).toEqual([
          "sensor ended",
          "late ended",
          "reuse ended",
          "relay ended",
        ])
        expect(statusOf(supervisor.snapshot(), "late").state).toBe("stopped")
        expect(lines.filter(({ actor }) => actor === "late").at(-1)?.to).toBe("stopped")
        const tooLate = makePuppet<Report, Mild>("too late", journal)
        supervisor.add(ingestChild({ name: "too late", ingest: tooLate.work, classify: classOf }))
        expect(tooLate.runs).toEqual([])
      }),
    ))

  it("answers that a command to nobody, or to one that has ended, was for nothing", () =>
    perform(
      Effect.gen(function* () {
        const supervisor = yield* startSupervisor(makeStage().options)
        expect(supervisor.send("nobody", { type: "pause" })).toBe(false)
        expect(supervisor.send("reuse", { type: "pause" })).toBe(true)
        expect(states(supervisor).reuse).toBe("paused")
        expect(supervisor.send("reuse", { type: "stop" })).toBe(true)
        expect(supervisor.send("reuse", { type: "resume" })).toBe(false)
        expect(states(supervisor)).toMatchObject({ reuse: "stopped", relay: "running" })
      }),
    ))

  it("lets a wait be given up", () =>
    perform(
      Effect.gen(function* () {
        const { options, projection } = makeStage()
        const supervisor = yield* startSupervisor(options)
        const waiting = yield* Effect.forkChild(
          supervisor.waitFor(() => false),
          {
            startImmediately: true,
          },
        )
        projection.last().signal({ type: "caughtUp" })
        yield* Fiber.interrupt(waiting)
        expect(states(supervisor).reuse).toBe("live")
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
        const { gates, open, options, journal } = gated()
        const supervisor = yield* startSupervisor(options)
        yield* Effect.addFinalizer(() => open)
        journal.length = 0
        const stopping = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
        yield* until(supervisor, "sensor", "stopped")
        expect(states(supervisor)).toMatchObject({ relay: "running", reuse: "booting" })
        expect(journal).toEqual([])
        yield* Deferred.succeed(gates.sensor, undefined)
        yield* until(supervisor, "reuse", "stopped")
        expect(states(supervisor).relay).toBe("running")
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
    const { options, journal, lines } = makeStage()
    await perform(startSupervisor(options))
    expect(journal.slice(-3)).toEqual(["sensor ended", "reuse ended", "relay ended"])
    expect(lines.slice(-3)).toEqual([
      { actor: "sensor", from: "starting", to: "stopped" },
      { actor: "reuse", from: "booting", to: "stopped" },
      { actor: "relay", from: "running", to: "stopped" },
    ])
  })

  it("is immediate for a child that is backing off or waiting to be started again", () =>
    perform(
      Effect.gen(function* () {
        const { options, clock, projection, ingest, relay } = makeStage()
        const supervisor = yield* startSupervisor(options)
        projection.last().end(Effect.fail(trouble("retry")))
        ingest.last().end(bug)
        relay.last().end(Effect.fail(trouble("retry")))
        yield* until(supervisor, "reuse", "backingOff")
        yield* until(supervisor, "sensor", "restarting")
        yield* until(supervisor, "relay", "backingOff")
        yield* supervisor.stop
        expect(states(supervisor)).toEqual({
          relay: "stopped",
          reuse: "stopped",
          sensor: "stopped",
        })
        expect(supervisor.snapshot().every(({ ended }) => ended)).toBe(true)
        clock.increment(restartWindow)
        expect([projection, ingest, relay].map(({ runs }) => runs.length)).toEqual([1, 1, 1])
      }),
    ))

  it("is complete also when it is asked for in the middle of a transition", () =>
    perform(
      Effect.gen(function* () {
        const { options, relay } = makeStage()
        const backsOff = Deferred.makeUnsafe<void>()
        const observe = ({ to }: Transition): void => {
          // Whoever waits for a deferred goes on inside the call that completes it.
          if (to === "backingOff") Deferred.doneUnsafe(backsOff, Effect.void)
        }
        const supervisor = yield* startSupervisor({ ...options, observe })
        relay.last().end(Effect.fail(trouble("retry")))
        yield* Deferred.await(backsOff)
        yield* supervisor.stop
        const stopped = { relay: "stopped", reuse: "stopped", sensor: "stopped" }
        expect(states(supervisor)).toEqual(stopped)
      }),
    ))

  it("waits for the finalizers of a child that had already ended", () =>
    perform(
      Effect.gen(function* () {
        const { open, options, journal } = gated()
        const supervisor = yield* startSupervisor(options)
        yield* Effect.addFinalizer(() => open)
        supervisor.send("sensor", { type: "stop" })
        supervisor.send("reuse", { type: "stop" })
        supervisor.send("relay", { type: "stop" })
        const stopping = yield* Effect.forkChild(supervisor.stop, { startImmediately: true })
        yield* Effect.yieldNow
        expect(stopping.pollUnsafe()).toBeUndefined()
        yield* open
        yield* Fiber.join(stopping)
        expect(journal.filter((line) => line.endsWith("ended"))).toHaveLength(3)
      }),
    ))
})
