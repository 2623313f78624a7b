import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type Timestamp, timestampFromMillis } from "../../domain/event/timestamp.ts"

/** The present instant, for events that say when somebody decided something. */
export const now: Effect.Effect<Timestamp> = Effect.flatMap(Clock.currentTimeMillis, (millis) => {
  const timestamp = timestampFromMillis(millis)
  return timestamp === undefined
    ? Effect.die(new Error(`the clock says ${millis}, which is no time between 1970 and 2254`))
    : Effect.succeed(timestamp)
})
