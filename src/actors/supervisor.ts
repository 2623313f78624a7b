import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import {
  type ActorOptions,
  type ActorRefFrom,
  type AnyActorLogic,
  assign,
  createActor,
  enqueueActions,
  setup,
  waitFor,
} from "xstate"
import type { Child, ChildKind } from "./Child.ts"
import { type EffectRunner, type Exited, effectRun, type Fork, makeRunner } from "./effectRunner.ts"
import { makeStatusRegistry, type StatusRegistry, type Transition } from "./statusRegistry.ts"
import { type Command, workerMachine } from "./worker.ts"

interface Worker {
  readonly child: Child
  readonly runner: EffectRunner
  readonly ref: ActorRefFrom<typeof workerMachine>
}

interface SupervisorContext {
  readonly fork: Fork
  readonly workers: ReadonlyArray<Worker>
}

type SupervisorEvent =
  | { readonly type: "add"; readonly child: Child }
  | (Command & { readonly name: string })
  | { readonly type: "shutDown" }
  | Exited

const ofKind = ({ workers }: SupervisorContext, kind: ChildKind): ReadonlyArray<Worker> =>
  workers.filter(({ child }) => child.kind === kind)

/** Work that ends when the workers of one kind have stopped and their finalizers are through. */
const settled =
  (kind: ChildKind) =>
  ({ context }: { readonly context: SupervisorContext }): EffectRunner =>
    makeRunner(context.fork, {
      name: `stopping ${kind}`,
      work: () =>
        Effect.forEach(ofKind(context, kind), ({ ref, runner }) =>
          Effect.promise(() => waitFor(ref, ({ status }) => status !== "active")).pipe(
            Effect.andThen(runner.settled),
          ),
        ),
    })

const stop = (kind: ChildKind) => ({ type: "stop" as const, params: kind })

/**
 * Spawns a worker for each child and passes on what it is told. Told to shut down, it stops every
 * ingest, then every projection, then every relay, each after the finalizers of those before.
 */
const supervisorMachine = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as { readonly fork: Fork },
  },
  actors: { worker: workerMachine, settled: effectRun },
  actions: {
    spawn: assign(({ context, event, spawn }) => {
      if (event.type !== "add") return {}
      const { child } = event
      const runner = makeRunner(context.fork, child)
      const ids = { id: child.name, systemId: child.name }
      const ref = spawn("worker", { ...ids, input: { child, runner } })
      return { workers: [...context.workers, { child, runner, ref }] }
    }),
    tell: enqueueActions(({ context, event, enqueue }) => {
      if (!("name" in event)) return
      const worker = context.workers.find(({ child }) => child.name === event.name)
      if (worker !== undefined) enqueue.sendTo(worker.ref, { type: event.type })
    }),
    stop: enqueueActions(({ context, enqueue }, kind: ChildKind) => {
      for (const { ref } of ofKind(context, kind)) {
        if (ref.getSnapshot().status === "active") enqueue.sendTo(ref, { type: "stop" })
      }
    }),
  },
}).createMachine({
  id: "supervisor",
  context: ({ input }) => ({ ...input, workers: [] }),
  initial: "supervising",
  states: {
    supervising: {
      on: {
        add: { actions: "spawn" },
        pause: { actions: "tell" },
        resume: { actions: "tell" },
        retry: { actions: "tell" },
        stop: { actions: "tell" },
        shutDown: "stoppingIngests",
      },
    },
    stoppingIngests: {
      entry: stop("ingest"),
      invoke: { src: "settled", input: settled("ingest") },
      on: { exited: "stoppingProjections" },
    },
    stoppingProjections: {
      entry: stop("projection"),
      invoke: { src: "settled", input: settled("projection") },
      on: { exited: "stoppingRelays" },
    },
    stoppingRelays: {
      entry: stop("relay"),
      invoke: { src: "settled", input: settled("relay") },
      on: { exited: "stopped" },
    },
    stopped: { type: "final" },
  },
})

/** What time is measured with: the real one, or in tests a `SimulatedClock` of XState. */
interface SupervisorClock extends NonNullable<ActorOptions<AnyActorLogic>["clock"]> {
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface SupervisorOptions {
  /** Called with every change of state of every child, in order. It must not throw. */
  readonly observe: (transition: Transition) => void
  readonly clock?: SupervisorClock
}

export interface Supervisor extends Pick<StatusRegistry, "all" | "waitFor"> {
  /** Starts one more child. A name that is taken is a mistake. Does nothing after a stop. */
  readonly add: (child: Child) => void
  /** Gives a child a command. Returns whether its state has a use for it. */
  readonly send: (name: string, command: Command["type"]) => boolean
  /** Stops everything, in order and completely. Also done when the scope ends. */
  readonly stop: Effect.Effect<void>
}

/**
 * Starts a supervisor without children. It keeps each child that is added going, whatever happens to
 * the others. Their work runs with the context of the caller, in fibers of its own.
 */
export const startSupervisor = (
  options: SupervisorOptions,
): Effect.Effect<Supervisor, never, Scope.Scope> =>
  Effect.acquireRelease(start(options), ({ stop }) => stop)

const start = Effect.fnUntraced(function* ({
  observe,
  clock = realClock,
}: SupervisorOptions): Effect.fn.Return<Supervisor> {
  const fork = Effect.runForkWith(yield* Effect.context<never>())
  const registry = makeStatusRegistry(observe, () => clock.now())
  const options = { systemId: "supervisor", input: { fork }, clock, inspect: registry.inspect }
  const root = createActor(supervisorMachine, options).start()
  return {
    all: registry.all,
    waitFor: registry.waitFor,
    add: (child) => {
      const isTaken = registry.all().some(({ name }) => name === child.name)
      if (isTaken) throw new Error(`two children are named ${child.name}`)
      if (root.getSnapshot().matches("supervising")) root.send({ type: "add", child })
    },
    send: (name, type) => {
      const supervisor = root.getSnapshot()
      const { workers } = supervisor.context
      const worker = workers.find(({ child }) => child.name === name)?.ref.getSnapshot()
      const isOfUse =
        supervisor.matches("supervising") && worker?.status === "active" && worker.can({ type })
      if (isOfUse) root.send({ type, name })
      return isOfUse
    },
    stop: Effect.suspend(() => {
      if (root.getSnapshot().matches("supervising")) root.send({ type: "shutDown" })
      return Effect.promise(() => waitFor(root, ({ status }) => status === "done"))
    }),
  }
})

const realClock: SupervisorClock = {
  now: () => Date.now(),
  setTimeout: (callback, milliseconds) => setTimeout(callback, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
}
