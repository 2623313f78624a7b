import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { EventLog, type EventLogUnavailable } from "../../../eventlog/EventLog.ts"
import { makeClientSlot } from "../../../eventlog/eventstoredb/ClientSlot.ts"
import { deadlineForServer } from "../../../eventlog/eventstoredb/eventStoreAppend.ts"
import type { EventStoreSettings } from "../../../eventlog/eventstoredb/eventStoreSettings.ts"
import { clientMaker } from "../../../eventlog/eventstoredb/guardedClient.ts"
import { type Check, ok, problem } from "../Check.ts"

/** Whether the server of the log answers, and lets this user read everything. */
export const readCheck: Effect.Effect<Check, never, EventLog> = Effect.gen(function* () {
  const log = yield* EventLog
  const { location } = yield* log.health
  yield* log.readAll({ direction: "backwards", limit: 1 })
  return ok("server", `${location} answers, and $all can be read`)
}).pipe(
  Effect.catch((error: EventLogUnavailable) =>
    Effect.succeed(problem("server", error.message, remedies[error.kind] ?? "see what it says")),
  ),
)

const remedies: Partial<Record<EventLogUnavailable["kind"], string>> = {
  unreachable:
    "check the address, that the server runs, and that nothing between here and there is in the way",
  "not-ready": "wait until the cluster has a leader, or find out why it has none",
  untrusted: "see what it says of TLS; nothing is asked of a server that is not trusted",
  "access-denied":
    "give a user that may read $all and append to the streams of credtrail, by the access control list in $settings or as a member of $admins",
}

/** A stream of ours, and a revision that no stream has. */
const tried = { stream: "policy-reuse", revision: BigInt(Number.MAX_SAFE_INTEGER) }

/**
 * Whether this user may append: asked with an append that goes on from a revision that there is not.
 * A server looks at the user first and then refuses it for the revision, so nothing is written.
 */
export const appendCheck = (settings: EventStoreSettings): Effect.Effect<Check> =>
  Effect.scoped(
    Effect.gen(function* () {
      const module = yield* Effect.promise(() => import("@eventstore/db-client"))
      const slot = yield* Effect.acquireRelease(
        Effect.sync(() => makeClientSlot(clientMaker(module, settings), settings.deadline)),
        (made) => Effect.sync(() => made.discard()),
      )
      const answer = yield* slot.call((client) =>
        client.appendToStream(
          tried.stream,
          module.jsonEvent({ type: "credtrail.doctor", data: {} }),
          {
            expectedRevision: tried.revision,
            requiresLeader: true,
            deadline: deadlineForServer,
          },
        ),
      )
      return Result.isFailure(answer) && answer.failure.type === "wrong-expected-version"
        ? ok("append", "this user may append; nothing was appended")
        : problem(
            "append",
            "the server does not look at the revision of an append",
            "it is none that credtrail can use: attempts would be counted twice",
          )
    }),
  ).pipe(
    Effect.catch(({ kind, reason }) =>
      Effect.succeed(problem("append", reason, remedies[kind] ?? "see what it says")),
    ),
  )
