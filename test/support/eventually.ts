import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** Waits until something is so, asking again and again. */
export const eventually = <E, R>(isSo: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  isSo.pipe(
    Effect.repeat({ schedule: Schedule.spaced("5 millis"), until: (so) => so }),
    Effect.asVoid,
  )
