// Appends batches to a stream, printing the last revision after each: FILE STREAM BATCHES SIZE
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { EventLog, type ExpectedRevision } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { newEvent } from "../newEvents.ts"

const [file = "", stream = "", batches = "", size = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const log = yield* EventLog
  const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  let expectedRevision: ExpectedRevision = last?.revision ?? "no_stream"
  for (let batch = 0; batch < Number(batches); batch++) {
    const first: number = expectedRevision === "no_stream" ? 0 : expectedRevision + 1
    const events = Array.from({ length: Number(size) }, (_, n) =>
      newEvent({ data: { n: first + n, filling: "x".repeat(500) } }),
    )
    const appended = yield* log.append({ stream, expectedRevision, events })
    expectedRevision = appended.revision
    yield* Console.log(appended.revision)
  }
})

await Effect.runPromise(Effect.provide(program, layerEmbedded({ file })))
