import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"

/** Whether the log answered when the data was opened; `away` says why not, where it did not. */
export class LogPresence extends Context.Service<
  LogPresence,
  { readonly away: string | undefined }
>()("credtrail/LogPresence") {}

/** Whether a failure says that a server is not to be had now, and nothing worse. */
export const isAway = ({ kind }: EventLogUnavailable): boolean =>
  kind === "unreachable" || kind === "not-ready"

/** Asks the log something; `undefined` where its server is away, which is not waited for. */
export const askIfThere = Effect.fnUntraced(function* <A>(
  ask: Effect.Effect<A, EventLogUnavailable, EventLog>,
): Effect.fn.Return<A | undefined, EventLogUnavailable, EventLog | LogPresence> {
  const { away } = yield* LogPresence
  if (away !== undefined) return undefined
  return yield* ask.pipe(
    Effect.catch((error) => (isAway(error) ? Effect.succeed(undefined) : Effect.fail(error))),
  )
})
