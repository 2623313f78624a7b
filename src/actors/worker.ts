import { assign, type SnapshotFrom, setup } from "xstate"
import type { Child, Signal } from "./Child.ts"
import { type EffectRunner, type Exited, effectRun } from "./effectRunner.ts"
import {
  type Failures,
  failuresAfter,
  healthyAfter,
  type NextStep,
  nextStep,
  noFailures,
} from "./retryPolicy.ts"

/** What an operator may tell a worker. A state that has no use for it ignores it. */
export type Command = { readonly type: "pause" | "resume" | "retry" | "stop" }

export interface WorkerInput {
  readonly child: Child
  readonly runner: EffectRunner
}

export interface WorkerContext extends WorkerInput, Failures {
  /** How far the work has come; `null` until it says so. */
  readonly position: string | null
  /** How many events it has handled. */
  readonly events: number
}

const step = (params: NextStep) => ({ type: "callsFor" as const, params })

/**
 * The life of one child. It is `booting` until the first signal of its work, `catchingUp` while it
 * is behind and `live` when it is not. Work that fails is tried again as the retry policy says; a
 * poison event keeps it `quarantined`, and a failure that trying again would not mend `failed`,
 * until it is told to `retry`.
 */
export const workerMachine = setup({
  // XState takes the types from these and never looks at the values.
  types: {
    context: {} as WorkerContext,
    events: {} as Signal | Exited | Command,
    input: {} as WorkerInput,
  },
  actors: { work: effectRun },
  delays: { backoff: ({ context }) => context.delay, healthy: healthyAfter },
  guards: {
    callsFor: ({ context, event }, step: NextStep) =>
      event.type === "exited" && nextStep(context, event.exit) === step,
  },
  actions: {
    advance: assign(({ context, event }) => {
      if (event.type !== "progress") return {}
      const events = context.events + event.events
      const failure = context.failure?.class === "moved" ? null : context.failure
      // Progress resets the attempt count, so that several short outages do not add up to a long one.
      const failures = event.events > 0 ? 0 : context.failures
      return { position: event.position ?? null, events, failure, failures, moves: 0 }
    }),
    remember: assign(({ context, event }) =>
      event.type === "exited" ? failuresAfter(context, event.exit) : {},
    ),
    forget: assign(noFailures),
  },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ ...input, ...noFailures, position: null, events: 0 }),
  initial: "running",
  on: { stop: { target: ".stopped", actions: "forget" } },
  states: {
    running: {
      invoke: { src: "work", input: ({ context }) => context.runner },
      on: {
        progress: { actions: "advance" },
        pause: "paused",
        exited: [
          { guard: step("finish"), target: "done", actions: "remember" },
          { guard: step("startAgain"), target: "running", reenter: true, actions: "remember" },
          { guard: step("backOff"), target: "backingOff", actions: "remember" },
          { guard: step("quarantine"), target: "quarantined", actions: "remember" },
          { target: "failed", actions: "remember" },
        ],
      },
      initial: "booting",
      states: {
        booting: {
          on: {
            progress: { target: "underWay", actions: "advance" },
            fellBehind: "underWay",
            caughtUp: "underWay.live",
          },
        },
        underWay: {
          after: { healthy: { actions: "forget" } },
          initial: "catchingUp",
          states: {
            catchingUp: { on: { caughtUp: "live" } },
            live: { on: { fellBehind: "catchingUp" } },
          },
        },
      },
    },
    paused: { on: { resume: { target: "running", actions: "forget" } } },
    backingOff: {
      after: { backoff: "running" },
      on: { pause: "paused", retry: { target: "running", actions: "forget" } },
    },
    quarantined: { on: { retry: { target: "running", actions: "forget" } } },
    failed: { on: { retry: { target: "running", actions: "forget" } } },
    done: { type: "final" },
    stopped: { type: "final" },
  },
})

export type WorkerSnapshot = SnapshotFrom<typeof workerMachine>

/** The states of a worker, as users see them. */
export type WorkerState =
  | "booting"
  | "catchingUp"
  | "live"
  | "paused"
  | "backingOff"
  | "quarantined"
  | "failed"
  | "done"
  | "stopped"

export const stateOf = ({ value }: WorkerSnapshot): WorkerState => {
  if (typeof value === "string") return value
  return typeof value.running === "string" ? value.running : value.running.underWay
}
