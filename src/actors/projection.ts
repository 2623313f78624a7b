import * as Effect from "effect/Effect"
import type { Child, Failure } from "./Child.ts"

/** A batch of events that a projection has folded; `events` may be 0. */
export interface FoldedBatch {
  /** Where the checkpoint is now. */
  readonly position: string
  readonly events: number
  /** Whether there was nothing more in the log. */
  readonly caughtUp: boolean
}

/**
 * A projection as a child of the supervisor. Its work is one loop: a batch of events comes in, the
 * rows and announcements that follow from it go out, and the checkpoint moves past it, all in one
 * transaction. `fold` is that loop; it calls `folded` after each batch, which is all its worker
 * learns of events.
 */
export const projectionChild = (
  name: string,
  fold: (folded: (batch: FoldedBatch) => Effect.Effect<void>) => Effect.Effect<void, Failure>,
): Child => ({
  name,
  kind: "projection",
  work: (signal) =>
    fold(({ position, events, caughtUp }) =>
      Effect.sync(() => {
        if (events > 0) signal({ type: "progress", position, events })
        signal({ type: caughtUp ? "caughtUp" : "fellBehind" })
      }),
    ),
})
