import * as Effect from "effect/Effect"
import { bindToLog } from "../../eventlog/bindToLog.ts"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { type Finding, ok, problem, unknown } from "./Finding.ts"

const check = "belongs to log"

/** Whether what is in the data directory was made from this log. */
export const belongingFinding = (data: string): Effect.Effect<Finding, never, EventLog> =>
  Effect.scoped(bindToLog(data, "read-only")).pipe(
    Effect.map((away) =>
      away === undefined
        ? ok(check, "the data directory was made from this log, or is new")
        : unknown(check, `the log cannot be asked: ${away}`),
    ),
    Effect.catchTag("LogMismatch", ({ reason, remedy }) =>
      Effect.succeed(problem(check, reason, remedy)),
    ),
    Effect.catchTag("EventLogUnavailable", ({ message }) =>
      Effect.succeed(unknown(check, `the log cannot be asked: ${message}`)),
    ),
  )
