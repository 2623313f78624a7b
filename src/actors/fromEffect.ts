import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { ActorLogic, AnyActorRef, Snapshot } from "xstate"
import type { Runner } from "./Runner.ts"

/** What an actor made by {@link fromEffect} is given. */
export interface EffectInput<A, E, Signal> {
  readonly runner: Runner
  /** What to run; it may send signals while it runs. */
  readonly effect: (signal: (signal: Signal) => void) => Effect.Effect<A, E>
  /** Takes the signals. Not called any more once the actor has stopped. */
  readonly signal: (signal: Signal) => void
}

export type EffectSnapshot<A, E, Signal> = Snapshot<Exit.Exit<A, E>> & {
  readonly input: EffectInput<A, E, Signal>
}

export type EffectEvent<A, E> =
  | { readonly type: "effect.exit"; readonly exit: Exit.Exit<A, E> }
  | { readonly type: "xstate.stop" }

/**
 * Actor logic that runs an effect and interrupts its fiber when the actor stops. However the effect
 * ends, the actor is done with its `Exit` as the output: failures stay typed, and neither they nor
 * defects become errors of the actor, which would bring down its parent. Stopping does not wait for
 * the fiber's finalizers; `runner.settled` does.
 */
export const fromEffect = <A, E, Signal>(): ActorLogic<
  EffectSnapshot<A, E, Signal>,
  EffectEvent<A, E>,
  EffectInput<A, E, Signal>
> => {
  const fibers = new WeakMap<AnyActorRef, Fiber.Fiber<A, E>>()
  return {
    getInitialSnapshot: (_, input) => ({
      status: "active",
      output: undefined,
      error: undefined,
      input,
    }),
    getPersistedSnapshot: (snapshot) => snapshot,
    start: ({ input }, { self }) => {
      const isActive = (): boolean => self.getSnapshot().status === "active"
      const signal = (sent: Signal): void => {
        if (isActive()) input.signal(sent)
      }
      const fiber = input.runner.run(Effect.suspend(() => input.effect(signal)))
      fibers.set(self, fiber)
      fiber.addObserver((exit) =>
        // An effect that ends at once ends before its parent listens to this actor.
        queueMicrotask(() => {
          const seen = isActive()
          reportUnseen(input.runner, exit, seen)
          if (seen) self.send({ type: "effect.exit", exit })
        }),
      )
    },
    transition: (snapshot, event, { self }) => {
      if (snapshot.status !== "active") return snapshot
      const { input } = snapshot
      if (event.type === "effect.exit") {
        return { status: "done", output: event.exit, error: undefined, input }
      }
      if (event.type !== "xstate.stop") return snapshot
      fibers.get(self)?.interruptUnsafe()
      return { status: "stopped", output: undefined, error: undefined, input }
    },
  }
}

// The parent sees how a run ended, but not where in the code a defect was; and it does not see the
// end of a run that it has stopped.
const reportUnseen = <A, E>(runner: Runner, exit: Exit.Exit<A, E>, seen: boolean): void => {
  if (Exit.isSuccess(exit)) return
  const { cause } = exit
  if (seen ? Cause.hasDies(cause) : !Cause.hasInterruptsOnly(cause)) {
    runner.run(Effect.logError("an actor's work did not end as it should", cause))
  }
}
