import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { FailureClass } from "../../src/actors/failure.ts"
import type { Signal, Work } from "../../src/actors/Signal.ts"

/** A failure that says itself which class it is of. */
export interface Trouble<Class extends FailureClass = FailureClass> {
  readonly class: Class
  readonly message: string
}

export const trouble = <Class extends FailureClass>(of: Class): Trouble<Class> => ({
  class: of,
  message: `${of} trouble`,
})

export const classOf = <Class extends FailureClass>(error: Trouble<Class>): Class => error.class

/** One run of a puppet's work, moved by the test's hand. */
interface Run<Out, E> {
  readonly signal: (signal: Signal) => void
  readonly end: (how: Effect.Effect<Out, E>) => void
}

/**
 * Work that does nothing but what the test tells it. `journal` has a line for each begin of a run
 * and one for the end of its finalizer, which waits for `gate` where there is one.
 */
export interface Puppet<Out, E> {
  readonly work: Work<Out, E>
  readonly runs: ReadonlyArray<Run<Out, E>>
  readonly last: () => Run<Out, E>
}

export const makePuppet = <Out, E>(
  name: string,
  journal: Array<string>,
  gate?: Deferred.Deferred<void>,
): Puppet<Out, E> => {
  const runs: Array<Run<Out, E>> = []
  const finalizer = Effect.andThen(
    gate === undefined ? Effect.void : Deferred.await(gate),
    Effect.sync(() => journal.push(`${name} ended`)),
  )
  return {
    runs,
    last: () => {
      const run = runs.at(-1)
      if (run === undefined) throw new Error(`${name} has not begun`)
      return run
    },
    work: (signal) =>
      Effect.callback<Out, E>((resume) => {
        journal.push(`${name} begun`)
        runs.push({ signal, end: resume })
      }).pipe(Effect.ensuring(finalizer)),
  }
}
