import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { EventLog } from "../eventlog/EventLog.ts"
import { joinBoard, type ProcessBoard } from "../process/ProcessBoard.ts"
import { isAway } from "./LogPresence.ts"
import { Storage } from "./Storage.ts"

/** A server that answers sooner than that has not been waited for. */
const soon = "2 seconds"

/**
 * Waits until the server of the log answers, as long as it takes: that it is waited for, and why,
 * is logged and stands on the board of processes. A failure that waiting does not mend is one.
 */
export const awaitLog = Effect.fn("awaitLog")(function* (command: string, data: string) {
  const storage = yield* Storage
  const place = storage.place(data)
  if (place.kind === "embedded") return
  const log = Context.get(yield* Layer.build(storage.openLog(place, "read-only")), EventLog)
  const since = yield* Clock.currentTimeMillis
  let board: ProcessBoard | undefined
  const waiting = (error: string) =>
    Effect.gen(function* () {
      yield* Effect.logWarning(`waiting for the log: ${error}`)
      board ??= yield* joinBoard(data, command, since)
      yield* board.report([{ name: "log", state: "waiting", since, error }])
    })
  const { location } = place.settings
  yield* waiting(`the event store at ${location} has not answered yet`).pipe(
    Effect.delay(soon),
    Effect.forkScoped,
  )
  yield* log.health.pipe(
    Effect.tapError((error) => (isAway(error) ? waiting(error.reason) : Effect.void)),
    Effect.retry({ while: isAway, schedule: Schedule.spaced("1 second") }),
  )
  if (board !== undefined) yield* Effect.logInfo(`the event store at ${location} answers`)
}, Effect.scoped)
