import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { visible } from "../cli/render/visible.ts"
import { EventLogUnavailable } from "./EventLog.ts"

/** Whether the log answered when the data was opened; `away` says why not, where it did not. */
export class LogPresence extends Context.Service<
  LogPresence,
  { readonly away: string | undefined }
>()("credtrail/LogPresence") {}

/** Whether a failure says that a server is not to be had now, and waiting may be all it takes. */
export const isAway = ({ kind }: EventLogUnavailable): boolean =>
  kind === "unreachable" || kind === "not-ready"

/** Whether a failure says that a server cannot be asked, for whatever reason outside of the data. */
export const cannotBeAsked = (error: EventLogUnavailable): boolean =>
  isAway(error) || error.kind === "untrusted" || error.kind === "access-denied"

/** Says on standard error that an answer is only what had been read from the server before. */
export const warnCannotBeAsked = Effect.gen(function* () {
  const { away } = yield* LogPresence
  yield* Console.error(
    `warning: the server of the log cannot be asked: this is what had been read from it before${away === undefined ? "" : ` (${visible(away)})`}`,
  )
})

/** Asks the log something; `undefined` where its server cannot be asked, which is not waited for. */
export const askIfThere = Effect.fnUntraced(function* <A, E, R>(
  ask: Effect.Effect<A, E | EventLogUnavailable, R>,
): Effect.fn.Return<A | undefined, E | EventLogUnavailable, R | LogPresence> {
  const { away } = yield* LogPresence
  if (away !== undefined) return undefined
  return yield* ask.pipe(
    Effect.catch((error) =>
      error instanceof EventLogUnavailable && cannotBeAsked(error)
        ? Effect.succeed(undefined)
        : Effect.fail(error),
    ),
  )
})
