import type * as Effect from "effect/Effect"

/** Something for the supervisor to keep going. A name belongs to one child for good. */
export interface Child {
  readonly name: string
  readonly kind: ChildKind
  /** Runs until it has nothing more to do, fails or is interrupted. */
  readonly work: Work
}

/** What a child is; the supervisor stops them in this order. */
export type ChildKind = "ingest" | "projection" | "relay"

export type Work = (signal: (signal: Signal) => void) => Effect.Effect<void, Failure>

/**
 * What running work tells its worker: at most once per batch, never once per event. `events` is how
 * many were handled since the last progress, `position` where that leads: a position in the log for
 * a projection, a place in a file for an ingest, nothing for a relay.
 */
export type Signal =
  | { readonly type: "progress"; readonly events: number; readonly position?: string }
  | { readonly type: "caughtUp" }
  | { readonly type: "fellBehind" }

/**
 * What a failure calls for.
 *
 * - `moved`: somebody else moved the checkpoint; start again from where it is now.
 * - `poison`: an event that cannot be folded; an operator has to decide.
 * - `retry`: may be over in a while.
 * - `wait`: will be over one day, however long that takes.
 * - `fatal`: would be the same next time.
 */
export type FailureClass = "moved" | "poison" | "retry" | "wait" | "fatal"

/** Why work failed. `defect` is a bug: none of the failures that were foreseen. */
export interface Failure {
  readonly class: FailureClass | "defect"
  readonly message: string
}
