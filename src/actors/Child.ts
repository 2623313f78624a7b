import type { ActorOptions, AnyActorLogic, StateValue } from "xstate"
import type { Command } from "./Command.ts"
import type { Ending, LifeContext } from "./LifeContext.ts"
import type { Runner } from "./Runner.ts"

/** What delays are measured with: XState's own clock, or in tests its `SimulatedClock`. */
export type Clock = NonNullable<ActorOptions<AnyActorLogic>["clock"]>

/** A snapshot of a life cycle, of which only this is looked at from outside. */
export interface LifeSnapshot<Out> {
  readonly status: "active" | "done" | "error" | "stopped"
  readonly value: StateValue
  readonly context: LifeContext<Out>
  readonly output: Ending<Out> | undefined
}

/** A life cycle that has been created, whichever machine it follows. */
interface LifeActor<Out> {
  readonly subscribe: (observer: {
    readonly next: (snapshot: LifeSnapshot<Out>) => void
    readonly error: (error: unknown) => void
  }) => unknown
  readonly send: (command: Command) => void
  readonly start: () => unknown
  readonly stop: () => unknown
}

/** Something for the supervisor to keep going. Names are unique among those started together. */
export interface Child<Out> {
  readonly name: string
  readonly kind: "ingest" | "projection" | "relay"
  readonly create: (options: { readonly runner: Runner; readonly clock: Clock }) => LifeActor<Out>
}
