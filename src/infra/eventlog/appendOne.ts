import * as Effect from "effect/Effect"
import type { EventLog } from "./EventLog.ts"
import { WrongExpectedRevision } from "./EventLog.ts"

type Log = EventLog["Service"]

/** Appending to one stream, for a log that appends to many at once. */
export const appendOne =
  (appendMany: Log["appendMany"]): Log["append"] =>
  (write) =>
    Effect.flatMap(appendMany([write]), ([result]) => {
      if (result instanceof WrongExpectedRevision) return Effect.fail(result)
      return result === undefined
        ? Effect.die(new Error("an append has no result"))
        : Effect.succeed(result)
    })
