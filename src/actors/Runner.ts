import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Starts an effect, as `Effect.runForkWith` does once it has a context. */
export type Fork = <A, E>(effect: Effect.Effect<A, E>) => Fiber.Fiber<A, E>

/**
 * Runs the effects of one actor, one after the other. Stopping an actor only asks its fiber to end,
 * so an effect that follows waits until those before it have run their finalizers: two runs of one
 * actor never overlap.
 */
export interface Runner {
  readonly run: Fork
  /** Asks everything that was started to end. */
  readonly interrupt: () => void
  /** Waits until everything that was started has ended, finalizers included. */
  readonly settled: Effect.Effect<void>
}

export const makeRunner = (fork: Fork): Runner => {
  const fibers = new Set<Fiber.Fiber<unknown, unknown>>()
  return {
    run: (effect) => {
      const before = [...fibers]
      const fiber = fork(Effect.andThen(Fiber.awaitAll(before), effect))
      fibers.add(fiber)
      fiber.addObserver(() => fibers.delete(fiber))
      return fiber
    },
    interrupt: () => {
      for (const fiber of fibers) fiber.interruptUnsafe()
    },
    settled: Effect.gen(function* () {
      while (fibers.size > 0) yield* Fiber.awaitAll([...fibers])
    }),
  }
}
