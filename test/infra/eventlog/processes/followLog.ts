// Follows a log, printing "live" when it has caught up and the id of every event: FILE MODE
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"

const [file = "", mode = ""] = process.argv.slice(2)

const program = EventLog.use((log) =>
  log.subscribe({ after: beginning, batchSize: 100 }).pipe(
    Stream.runForEach(({ events, caughtUp }) =>
      Effect.gen(function* () {
        for (const event of events) yield* Console.log(event.id)
        if (caughtUp) yield* Console.log("live")
      }),
    ),
  ),
)

await Effect.runPromise(
  Effect.provide(
    program,
    layerEmbedded({ file, mode: mode === "read-only" ? "read-only" : "read-write" }),
  ),
)
