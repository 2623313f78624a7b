import * as Effect from "effect/Effect"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { type Finding, ok, problem } from "./Finding.ts"

/** Whether the server of the log answers, and lets this user read `$all`. Nothing is appended. */
export const serverFinding: Effect.Effect<Finding, never, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const { location } = yield* log.health
  yield* log.readAll({ direction: "backwards", limit: 1 })
  return ok("server", `${location} answers, and $all can be read; appending was not tried`)
}).pipe(
  Effect.catch((error: EventLogUnavailable) =>
    Effect.succeed(problem("server", error.message, remedies[error.kind] ?? "see what it says")),
  ),
)

const remedies: Partial<Record<EventLogUnavailable["kind"], string>> = {
  unreachable:
    "check the address, that the server runs, and that nothing between here and there is in the way; what it says about TLS, if it does",
  "not-ready": "wait until the cluster has a leader, or find out why it has none",
  "access-denied": "give a user that may read $all and append to the streams of credtrail",
}
