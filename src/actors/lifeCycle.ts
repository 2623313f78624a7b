import type * as Exit from "effect/Exit"
import { assign, type DoneActorEvent, setup } from "xstate"
import type { Command } from "./Command.ts"
import type { Failure } from "./failure.ts"
import { type EffectInput, fromEffect } from "./fromEffect.ts"
import type { Ending, LifeContext, LifeInput } from "./LifeContext.ts"
import type { Signal } from "./Signal.ts"
import { settled, type Verdict, verdict } from "./verdict.ts"

/** Milliseconds without a failure after which earlier ones no longer count. */
export const healthyAfter = 60_000

/** What projections, ingests and relays have in common; each adds its states. */
export const lifeCycle = <Out>() =>
  setup({
    // XState takes the types from these and never looks at the values.
    types: {
      context: {} as LifeContext<Out>,
      events: {} as Signal | Command,
      input: {} as LifeInput<Out>,
      output: {} as Ending<Out>,
    },
    actors: { work: fromEffect<Out, Failure, Signal>() },
    delays: { retry: ({ context }) => context.delay, healthy: healthyAfter },
    actions: {
      advance: assign(({ context }, progress: Extract<Signal, { type: "progress" }>) => ({
        progress: {
          position: progress.position,
          events: context.progress.events + progress.events,
          gap: progress.gap ?? context.progress.gap,
        },
        moves: 0,
        failure: context.failure?.class === "moved" ? null : context.failure,
      })),
      recover: assign({ failure: null, failures: 0, moves: 0 }),
      settle: assign(({ context }, exit: Exit.Exit<Out, Failure>) => settled(context, exit)),
      obey: assign({ ending: { how: "asked" }, failure: null }),
    },
  })

interface WorkEnded<Out> {
  readonly context: LifeContext<Out>
  readonly event: DoneActorEvent<Exit.Exit<Out, Failure>>
}

/** For `invoke.input`: the work, telling its signals to the machine that invoked it. */
export const theWork = <Out>({
  context,
  self,
}: {
  readonly context: LifeContext<Out>
  readonly self: { readonly send: (signal: Signal) => void }
}): EffectInput<Out, Failure, Signal> => ({
  runner: context.runner,
  effect: context.work,
  signal: self.send,
})

/** For `invoke.onDone`: whether the end of the work calls for this. */
export const callsFor =
  (wanted: Verdict) =>
  <Out>({ context, event }: WorkEnded<Out>): boolean =>
    verdict(context, event.output) === wanted

/** For `invoke.onDone`: remembers how the work ended. */
export const settle = {
  type: "settle" as const,
  params: <Out>({ event }: WorkEnded<Out>): Exit.Exit<Out, Failure> => event.output,
}

/** For `on.progress`: remembers how far the work has come. */
export const advance = {
  type: "advance" as const,
  params: <E>({ event }: { readonly event: E }): E => event,
}
