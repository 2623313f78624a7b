import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { EventLog, EventLogUnavailable } from "./EventLog.ts"

/** Whether the log answered when the data was opened; `away` says why not, where it did not. */
export class LogAvailability extends Context.Service<
  LogAvailability,
  { readonly away: string | undefined }
>()("credtrail/LogAvailability") {}

/** Whether a failure says that a server is not to be had now, and waiting may be all it takes. */
const isAway = ({ kind }: EventLogUnavailable): boolean =>
  kind === "unreachable" || kind === "not-ready"

/** Whether a failure says that a server cannot be asked, for whatever reason outside of the data. */
export const cannotBeAsked = (error: EventLogUnavailable): boolean =>
  isAway(error) || error.kind === "untrusted" || error.kind === "access-denied"

/** Asks the log something; `undefined` where its server cannot be asked, which is not waited for. */
export const askIfThere = Effect.fnUntraced(function* <A, E, R>(
  ask: Effect.Effect<A, E | EventLogUnavailable, R>,
): Effect.fn.Return<A | undefined, E | EventLogUnavailable, R | LogAvailability> {
  const { away } = yield* LogAvailability
  if (away !== undefined) return undefined
  return yield* ask.pipe(
    Effect.catch((error) =>
      error instanceof EventLogUnavailable && cannotBeAsked(error)
        ? Effect.succeed(undefined)
        : Effect.fail(error),
    ),
  )
})

/** A server that answers sooner than that has not been waited for. */
const soon = "2 seconds"

/**
 * Waits until the server of the log at a location answers, as long as it takes: that it is waited
 * for, and why, is logged and given to `onWaiting`. A failure that waiting does not mend is one: a
 * server that is not trusted, or that denies access.
 */
export const awaitLog = Effect.fn("awaitLog")(function* (
  location: string,
  onWaiting: (reason: string) => Effect.Effect<void> = () => Effect.void,
) {
  const log = yield* EventLog
  let waited = false
  const waiting = (reason: string) =>
    Effect.gen(function* () {
      waited = true
      yield* Effect.logWarning(`waiting for the log: ${reason}`)
      yield* onWaiting(reason)
    })
  // Where it has said by then what is wrong, that says more.
  yield* Effect.suspend(() =>
    waited ? Effect.void : waiting(`the event store at ${location} has not answered yet`),
  ).pipe(Effect.delay(soon), Effect.forkScoped)
  yield* log.health.pipe(
    Effect.tapError((error) => (isAway(error) ? waiting(error.reason) : Effect.void)),
    Effect.retry({ while: isAway, schedule: Schedule.spaced("1 second") }),
  )
  if (waited) yield* Effect.logInfo(`the event store at ${location} answers`)
}, Effect.scoped)
