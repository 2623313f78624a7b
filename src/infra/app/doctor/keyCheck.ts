import * as Effect from "effect/Effect"
import type { EventLog } from "../../eventlog/EventLog.ts"
import { boundIndexKey } from "../../secrets/bindKeys.ts"
import { SecretKeys } from "../../secrets/SecretKeys.ts"
import { type Check, ok, problem, unknown } from "./Check.ts"

const check = "keys"

const consequence =
  "captures, counts and findings stay readable, secrets cannot be revealed and nothing can be ingested"

/** Whether the keys are there, and are those that the log was written with. */
export const keyCheck: Effect.Effect<Check, never, EventLog | SecretKeys> = Effect.gen(
  function* () {
    const bound = yield* boundIndexKey
    const keys = yield* SecretKeys
    if (bound === undefined) return ok(check, "none are needed yet: the first ingest makes them")
    const { indexId } = yield* keys.read
    return indexId === bound
      ? ok(check, `index key ${indexId}, which the log was written with`)
      : problem(
          check,
          `the log was written with index key ${bound}, at hand is ${indexId}: ${consequence}`,
          "bring the keys of this log, in keys/ of the data directory or by CREDTRAIL_KEY_FILE",
        )
  },
).pipe(
  Effect.catchTag("SecretKeysUnavailable", ({ message }) =>
    Effect.succeed(
      problem(
        check,
        `${message}: ${consequence}`,
        "restore the keys from a backup; without one, the secrets are lost for good",
      ),
    ),
  ),
  Effect.catchTag("KeysMismatch", ({ message }) =>
    Effect.succeed(problem(check, message, "name another data directory with --data")),
  ),
  Effect.catchTag("EventLogUnavailable", ({ message }) =>
    Effect.succeed(unknown(check, `the log cannot be asked: ${message}`)),
  ),
)
