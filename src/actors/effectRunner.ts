import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Semaphore from "effect/Semaphore"
import { type EventObject, fromCallback } from "xstate"
import type { Child, Failure, Signal } from "./Child.ts"

/** Starts an effect, as `Effect.runForkWith` does once it has a context. */
export type Fork = <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>

/** The end of a run that was not stopped from outside. */
export interface Exited {
  readonly type: "exited"
  readonly exit: Exit.Exit<void, Failure>
}

/** Runs the work of one child, again and again, but never two runs at a time. */
export interface EffectRunner {
  /** Starts a run, which first waits for the finalizers of the one before. Returns what stops it. */
  readonly begin: (tell: (event: Signal | Exited) => void) => () => void
  /** Waits for the finalizers of the last run. */
  readonly settled: Effect.Effect<void>
}

export const makeRunner = (fork: Fork, { name, work }: Omit<Child, "kind">): EffectRunner => {
  const turn = Semaphore.makeUnsafe(1)
  return {
    begin: (tell) => {
      let stopped = false
      const run = Effect.suspend(() => work(tell)).pipe(
        Effect.onExit((exit) =>
          isUnexpected(exit, stopped)
            ? Effect.logError(`${name} failed unexpectedly`, exit.cause)
            : Effect.void,
        ),
        turn.withPermit,
      )
      const fiber = fork(run)
      fiber.addObserver((exit) => tell({ type: "exited", exit }))
      return () => {
        stopped = true
        fiber.interruptUnsafe()
      }
    },
    settled: turn.withPermit(Effect.void),
  }
}

// A worker shows a message only, so a bug is logged here with its stack. Of a run that was stopped
// it learns nothing at all.
const isUnexpected = <A, E>(exit: Exit.Exit<A, E>, stopped: boolean): exit is Exit.Failure<A, E> =>
  Exit.isFailure(exit) &&
  (stopped ? !Cause.hasInterruptsOnly(exit.cause) : Cause.hasDies(exit.cause))

/**
 * An actor that is one run of an effect: it passes on the signals and the exit, and interrupts the
 * run when it is stopped, without waiting for the finalizers.
 */
export const effectRun = fromCallback<EventObject, EffectRunner>(({ input, sendBack }) =>
  input.begin(sendBack),
)
