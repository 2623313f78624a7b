import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { type ActorRefFrom, createActor } from "xstate"
import type { Child, Clock } from "./Child.ts"
import type { ChildStatus, Transition } from "./ChildStatus.ts"
import type { Command } from "./Command.ts"
import { messageOf } from "./failure.ts"
import { keeperMachine } from "./keeperMachine.ts"
import { type Fork, makeRunner, type Runner } from "./Runner.ts"
import { makeStatusBoard } from "./StatusBoard.ts"

export interface SupervisorOptions<Out> {
  readonly children: ReadonlyArray<Child<Out>>
  /** Told of every change of state of every child, in order. It must not throw. */
  readonly observe: (transition: Transition) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What delays are measured with; by default the real time. */
  readonly clock?: Clock
}

export interface Supervisor<Out> {
  /** Starts one more child; one of a name that is taken is a mistake. None is started after a stop. */
  readonly add: (child: Child<Out>) => void
  /** Tells a child something; answers whether there is one of that name that has not ended. */
  readonly send: (name: string, command: Command) => boolean
  /** The children as they are now, in the order in which they were given or added. */
  readonly snapshot: () => ReadonlyArray<ChildStatus<Out>>
  /** Waits until the children are as wanted, and answers how they are then. */
  readonly waitFor: (
    wanted: (children: ReadonlyArray<ChildStatus<Out>>) => boolean,
  ) => Effect.Effect<ReadonlyArray<ChildStatus<Out>>>
  /**
   * Stops every ingest, then every projection, then every relay, each after the finalizers of those
   * before have run. Also done when the scope ends; doing it twice is harmless.
   */
  readonly stop: Effect.Effect<void>
}

/**
 * Starts children and keeps each of them going, whatever happens to the others. Their effects run
 * with the context of the caller, in fibers of their own.
 */
export const startSupervisor = <Out>(
  options: SupervisorOptions<Out>,
): Effect.Effect<Supervisor<Out>, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.gen(function* () {
      const names = options.children.map(({ name }) => name)
      const taken = names.find((name, index) => names.indexOf(name) !== index)
      if (taken !== undefined) return yield* Effect.die(twice(taken))
      return start(options, Effect.runForkWith(yield* Effect.context<never>()))
    }),
    (supervisor) => supervisor.stop,
  )

interface Kept<Out> {
  readonly child: Child<Out>
  readonly runner: Runner
  readonly keeper: Keeper<Out>
}

type Keeper<Out> = ActorRefFrom<ReturnType<typeof keeperMachine<Out>>>

const stopOrder = ["ingest", "projection", "relay"] as const

const start = <Out>(options: SupervisorOptions<Out>, fork: Fork): Supervisor<Out> => {
  const { now, clock = realClock } = options
  const board = makeStatusBoard<Out>(options.observe, now)
  const kept: Array<Kept<Out>> = []
  let stopping = false
  const keep = (child: Child<Out>): Keeper<Out> => {
    const runner = makeRunner(fork)
    const keeper = createActor(keeperMachine<Out>(), {
      input: { child, runner, clock, now },
      clock,
    })
    kept.push({ child, runner, keeper })
    keeper.subscribe({
      next: ({ value, context }) => board.look(child, value, context),
      error: (error) => {
        const failure = { class: "defect", message: messageOf(error) } as const
        board.look(child, "gaveUp", { ...keeper.getSnapshot().context, failure })
      },
    })
    return keeper
  }
  for (const keeper of options.children.map(keep)) keeper.start()
  return {
    add: (child) => {
      if (kept.some(({ child: { name } }) => name === child.name)) throw twice(child.name)
      if (!stopping) keep(child).start()
    },
    send: (name, command) => {
      const found = kept.find(({ child }) => child.name === name)
      return found !== undefined && tell(found.keeper, command)
    },
    snapshot: board.all,
    waitFor: board.waitFor,
    stop: Effect.gen(function* () {
      stopping = true
      for (const kind of stopOrder) {
        // What is told in the middle of a transition is heard only after it, which may be too late
        // for what is waited for below.
        yield* Effect.yieldNow
        const those = kept.filter(({ child }) => child.kind === kind)
        for (const { keeper } of those) tell(keeper, { type: "stop" })
        for (const { runner } of those) yield* runner.settled
      }
    }),
  }
}

const twice = (name: string): Error => new Error(`two actors are named ${name}`)

const tell = <Out>(keeper: Keeper<Out>, command: Command): boolean => {
  const active = keeper.getSnapshot().status === "active"
  if (active) keeper.send(command)
  return active
}

const realClock: Clock = {
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
}
