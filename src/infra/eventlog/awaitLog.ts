import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { Storage } from "../app/Storage.ts"
import { type ProcessEntry, registerProcess } from "../processes/ProcessRegistry.ts"
import { EventLog } from "./EventLog.ts"
import { isAway } from "./LogPresence.ts"

/** A server that answers sooner than that has not been waited for. */
const soon = "2 seconds"

/**
 * Waits until the server of the log answers, as long as it takes: that it is waited for, and why,
 * is logged and told. A failure that waiting does not mend is one: a server that is not trusted, or
 * that denies access.
 */
export const awaitLog = Effect.fn("awaitLog")(function* (
  data: string,
  tell: (reason: string) => Effect.Effect<void> = () => Effect.void,
) {
  const storage = yield* Storage
  const place = storage.place(data)
  if (place.kind === "embedded") return
  const log = Context.get(yield* Layer.build(storage.openLog(place, "read-only")), EventLog)
  let waited = false
  const waiting = (reason: string) =>
    Effect.gen(function* () {
      waited = true
      yield* Effect.logWarning(`waiting for the log: ${reason}`)
      yield* tell(reason)
    })
  const { location } = place.settings
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

/** Like {@link awaitLog}, and shows in the process registry that the command waits. */
export const awaitLogRegistered = Effect.fn("awaitLogRegistered")(function* (
  command: string,
  data: string,
) {
  const since = yield* Clock.currentTimeMillis
  const scope = yield* Effect.scope
  let entry: ProcessEntry | undefined
  yield* awaitLog(data, (error) =>
    Effect.gen(function* () {
      entry ??= yield* registerProcess(data, command, since).pipe(
        Effect.provideService(Scope.Scope, scope),
      )
      yield* entry.report([{ name: "log", state: "waiting", since, error }])
    }),
  )
}, Effect.scoped)
