import * as Effect from "effect/Effect"
import { EventLogUnavailable } from "./EventLog.ts"
import { sqliteFailure } from "./sqliteFailure.ts"

/** Does something with a log file: what fails is said as the port says it, a mistake is a defect. */
export const attempt = <A>(
  operation: string,
  work: () => A,
): Effect.Effect<A, EventLogUnavailable> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (cause) {
      if (cause instanceof EventLogUnavailable) return Effect.fail(cause)
      const failure = sqliteFailure(cause)
      return failure === undefined
        ? Effect.die(cause)
        : Effect.fail(new EventLogUnavailable({ operation, ...failure }))
    }
  })
