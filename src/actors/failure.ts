import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

/**
 * What a failure calls for.
 *
 * - `moved`: somebody else moved the checkpoint; start again from where it is now.
 * - `poison`: an event that cannot be taken in; an operator has to decide.
 * - `retry`: may be over in a while.
 * - `wait`: will be over one day, however long that takes.
 * - `fatal`: will be the same next time.
 */
export type FailureClass = "moved" | "poison" | "retry" | "wait" | "fatal"

/** A failure as a life cycle sees it. `defect` is a bug: none of the failures that were foreseen. */
export interface Failure {
  readonly class: FailureClass | "defect"
  readonly message: string
}

/** Puts the failures of some work into classes, keeping their messages. */
export const classified =
  <In, A, E extends { readonly message: string }>(
    work: (input: In) => Effect.Effect<A, E>,
    classify: (error: E) => FailureClass,
  ): ((input: In) => Effect.Effect<A, Failure>) =>
  (input) =>
    Effect.mapError(work(input), (error) => ({ class: classify(error), message: error.message }))

/** The failure that made a run end. */
export const failureOf = (cause: Cause.Cause<Failure>): Failure => {
  const failed = cause.reasons.find(Cause.isFailReason)
  if (failed !== undefined) return failed.error
  return { class: "defect", message: messageOf(Cause.squash(cause)) }
}

/** The message of whatever was thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
