import { assign, fromCallback, type StateValue, sendTo, setup } from "xstate"
import { type Backoff, backoffDelay } from "./backoff.ts"
import type { Child, Clock, LifeSnapshot } from "./Child.ts"
import type { Command } from "./Command.ts"
import { type Failure, messageOf } from "./failure.ts"
import { type Ending, noProgress, type Progress } from "./LifeContext.ts"
import type { Runner } from "./Runner.ts"

/** How often, and after which delays, a child that has failed is started again. */
export const restarts: Backoff = { first: 10_000, most: 300_000, limit: 5 }

/** Milliseconds after which a restart no longer counts. */
export const restartWindow = 3_600_000

export interface KeeperInput<Out> {
  readonly child: Child<Out>
  readonly runner: Runner
  readonly clock: Clock
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface KeeperContext<Out> extends KeeperInput<Out> {
  /** The child's own state; `null` until it has said so after a start. */
  readonly state: string | null
  readonly failure: Failure | null
  readonly progress: Progress
  readonly ending: Ending<Out> | null
  /** When it was started again, as far as that counts. */
  readonly restarted: ReadonlyArray<number>
}

type LifeEvent<Out> =
  | { readonly type: "life.now"; readonly snapshot: LifeSnapshot<Out> }
  | { readonly type: "life.ended"; readonly snapshot: LifeSnapshot<Out> }
  | { readonly type: "life.broke"; readonly failure: Failure }

/**
 * Keeps one child going: starts it again when it fails in a way that another start may cure, after
 * growing delays, and gives it up when that was needed too often.
 */
export const keeperMachine = <Out>() =>
  setup({
    // XState takes the types from these and never looks at the values.
    types: {
      context: {} as KeeperContext<Out>,
      events: {} as Command | LifeEvent<Out>,
      input: {} as KeeperInput<Out>,
    },
    actors: { life: life<Out>() },
    delays: { restart: ({ context }) => backoffDelay(restarts, context.restarted.length) },
    guards: {
      mayRestart: ({ context }) => recent(context).length < restarts.limit,
    },
    actions: {
      look: assign((_, { value, context, output }: LifeSnapshot<Out>) => ({
        state: leafOf(value),
        failure: context.failure,
        progress: context.progress,
        ending: output ?? null,
      })),
      breakDown: assign((_, failure: Failure) => ({ failure })),
      countRestart: assign(({ context }) => ({
        state: null,
        restarted: [...recent(context), context.now()],
      })),
      tell: sendTo("life", ({ event }) => event),
    },
  }).createMachine({
    id: "keeper",
    context: ({ input }) => ({
      ...input,
      state: null,
      failure: null,
      progress: noProgress,
      ending: null,
      restarted: [],
    }),
    initial: "running",
    states: {
      running: {
        invoke: { id: "life", src: "life", input: ({ context }) => context },
        on: {
          pause: { actions: "tell" },
          resume: { actions: "tell" },
          stop: { actions: "tell" },
          "life.now": { actions: { type: "look", params: ({ event }) => event.snapshot } },
          "life.ended": [
            {
              guard: ({ event }) => !mayBeCured(event.snapshot.output),
              target: "ended",
              actions: { type: "look", params: ({ event }) => event.snapshot },
            },
            {
              guard: "mayRestart",
              target: "restarting",
              actions: [{ type: "look", params: ({ event }) => event.snapshot }, "countRestart"],
            },
            {
              target: "gaveUp",
              actions: { type: "look", params: ({ event }) => event.snapshot },
            },
          ],
          "life.broke": [
            {
              guard: "mayRestart",
              target: "restarting",
              actions: [
                { type: "breakDown", params: ({ event }) => event.failure },
                "countRestart",
              ],
            },
            {
              target: "gaveUp",
              actions: { type: "breakDown", params: ({ event }) => event.failure },
            },
          ],
        },
      },
      restarting: { after: { restart: "running" }, on: { stop: "stopped" } },
      ended: { type: "final" },
      gaveUp: { type: "final" },
      stopped: { type: "final" },
    },
  })

/** Runs one life of a child: tells its snapshots, hands commands on, leaves no fiber behind. */
const life = <Out>() =>
  fromCallback<Command, KeeperInput<Out>>(({ input, sendBack, receive }) => {
    const tell = (event: LifeEvent<Out>): void => sendBack(event)
    const actor = input.child.create(input)
    actor.subscribe({
      next: (snapshot) =>
        tell({ type: snapshot.status === "active" ? "life.now" : "life.ended", snapshot }),
      error: (error) =>
        tell({ type: "life.broke", failure: { class: "defect", message: messageOf(error) } }),
    })
    receive((command) => actor.send(command))
    actor.start()
    return () => {
      actor.stop()
      // A machine that broke down has not stopped what it ran.
      input.runner.interrupt()
    }
  })

const recent = <Out>({ restarted, now }: KeeperContext<Out>): ReadonlyArray<number> => {
  const from = now() - restartWindow
  return restarted.filter((at) => at > from)
}

const mayBeCured = <Out>(ending: Ending<Out> | undefined): boolean =>
  ending?.how === "failed" && ending.again

/** The innermost of the states a machine is in, none of ours having parallel ones. */
const leafOf = (value: StateValue): string => {
  if (typeof value === "string") return value
  const [[name, inner] = ["", undefined]] = Object.entries(value)
  return inner === undefined ? name : leafOf(inner)
}
