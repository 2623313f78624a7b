import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Failure, FailureClass, Signal, Work } from "../../src/actors/Child.ts"

export const failureOf = (of: FailureClass): Failure => ({ class: of, message: `${of} failure` })

/** One run of the work, as the test controls it. */
interface Run {
  readonly signal: (signal: Signal) => void
  readonly end: (how: Effect.Effect<void, Failure>) => void
}

/**
 * Work that does only what the test tells it. `journal` gets a line at the start of each run and one
 * at the end of its finalizer, which waits for `gate` if there is one.
 */
export interface ControllableWork {
  readonly work: Work
  readonly runs: ReadonlyArray<Run>
  /** The present run. */
  readonly run: () => Run
}

export const controllableWork = (
  name: string,
  journal: Array<string>,
  gate?: Deferred.Deferred<void>,
): ControllableWork => {
  const runs: Array<Run> = []
  const finalizer = Effect.andThen(
    gate === undefined ? Effect.void : Deferred.await(gate),
    Effect.sync(() => journal.push(`${name} ended`)),
  )
  return {
    runs,
    run: () => {
      const run = runs.at(-1)
      if (run === undefined) throw new Error(`${name} has not begun`)
      return run
    },
    work: (signal) =>
      Effect.callback<void, Failure>((resume) => {
        journal.push(`${name} begun`)
        runs.push({ signal, end: resume })
      }).pipe(Effect.ensuring(finalizer)),
  }
}
