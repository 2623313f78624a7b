import type { Failure } from "./failure.ts"
import type { Runner } from "./Runner.ts"
import type { Work } from "./Signal.ts"

/** How far the present run of an actor has come; `null` is not said (yet). */
export interface Progress {
  readonly position: string | null
  readonly events: number
  readonly gap: number | null
}

/** How an actor ended. `again` is whether another start may do better. */
export type Ending<Out> =
  | { readonly how: "done"; readonly output: Out }
  | { readonly how: "asked" }
  | { readonly how: "failed"; readonly failure: Failure; readonly again: boolean }

export interface LifeInput<Out> {
  readonly work: Work<Out, Failure>
  readonly runner: Runner
}

/** What an actor remembers from state to state. */
export interface LifeContext<Out> extends LifeInput<Out> {
  readonly progress: Progress
  /** The last failure, until a minute of health has passed or an operator has said `resume`. */
  readonly failure: Failure | null
  /** Failures in a row that counted. */
  readonly failures: number
  /** Times in a row that somebody else had moved the checkpoint. */
  readonly moves: number
  /** Milliseconds until the next try. */
  readonly delay: number
  readonly ending: Ending<Out>
}

export const noProgress: Progress = { position: null, events: 0, gap: null }

/** The context of an actor that has just been started. */
export const unstarted = <Out>({ work, runner }: LifeInput<Out>): LifeContext<Out> => ({
  work,
  runner,
  progress: noProgress,
  failure: null,
  failures: 0,
  moves: 0,
  delay: 0,
  ending: { how: "asked" },
})
