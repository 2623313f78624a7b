import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { projectionBatch } from "../../src/infra/readmodel/catchUp.ts"
import { project, readModelSink } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { reuseProjection } from "../../src/projections/reuse/reuseProjection.ts"

// Replays a log and prints the time that each window of 100,000 events took. Arguments: the log's
// file, a directory.
const [log = "", directory = ""] = process.argv.slice(2)
const window = 100_000
const seconds: Array<number> = []
let events = 0
let startedAt = performance.now()

await Effect.gen(function* () {
  yield* project(readModelSink(yield* ReadModel, reuseProjection("silent")), {
    onPoison: "stop",
    until: "caught-up",
    batchSize: projectionBatch,
    onDelivery: (delivery) =>
      Effect.sync(() => {
        events += delivery.events
        if (events < window * (seconds.length + 1)) return
        seconds.push((performance.now() - startedAt) / 1000)
        startedAt = performance.now()
      }),
  })
}).pipe(
  Effect.provide(
    Layer.merge(
      layerEmbedded({ file: log, mode: "read-only" }),
      ReadModel.layer({ file: join(directory, "windows.sqlite"), mode: "read-write" }),
    ),
  ),
  Effect.runPromise,
)
console.log(JSON.stringify({ seconds, peakMegabytes: process.resourceUsage().maxRSS / 1024 }))
