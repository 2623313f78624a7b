import type * as Effect from "effect/Effect"

/**
 * What a running effect tells its life cycle: once a batch at most, never once an event. `events`
 * is how many were done since the last progress, `position` where that leads to (the log's own for
 * a projection, a place in a file for an ingest), `gap` how many are known to be left.
 */
export type Signal =
  | { readonly type: "caughtUp" }
  | { readonly type: "fellBehind" }
  | {
      readonly type: "progress"
      readonly position: string
      readonly events: number
      readonly gap?: number
    }

/** An effect that may send signals while it runs. */
export type Work<Out, E> = (signal: (signal: Signal) => void) => Effect.Effect<Out, E>
