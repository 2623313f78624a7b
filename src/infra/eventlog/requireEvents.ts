import * as Effect from "effect/Effect"
import type { StreamWrite } from "./EventLog.ts"

/** Dies where a write has no events: there is no revision that it could leave its stream at. */
export const requireEvents = (writes: ReadonlyArray<StreamWrite>): Effect.Effect<void> => {
  const empty = writes.find((write) => write.events.length === 0)
  return empty === undefined
    ? Effect.void
    : Effect.die(new Error(`a write to stream ${empty.stream} has no events`))
}
