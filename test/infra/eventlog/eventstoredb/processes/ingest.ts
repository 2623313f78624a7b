// Appends captures to a log on EventStoreDB, folds them and announces what they come to, and prints
// "done": DATA URL COUNT BATCH. It takes up what an earlier call has left, so it may be killed.
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { EventLog } from "../../../../../src/infra/eventlog/EventLog.ts"
import { appendCaptures } from "../../../../../src/infra/ingest/appendCaptures.ts"
import { catchUp } from "../../../../../src/infra/readmodel/catchUp.ts"
import { layerCurrent } from "../../../../../src/infra/readmodel/rebuild/currentReadModel.ts"
import { layerAt } from "../layerOn.ts"
import { numberedCaptures, sourceStream } from "../numberedCaptures.ts"

const [data = "", url = "", count = "", batch = ""] = process.argv.slice(2)
mkdirSync(join(data), { recursive: true })

const program = Effect.gen(function* () {
  const log = yield* EventLog
  const captures = numberedCaptures(Number(count))
  const [last] = yield* log.readStream(sourceStream, { direction: "backwards", limit: 1 })
  let revision = last?.revision ?? ("no_stream" as const)
  for (let start = 0; start < captures.length; start += Number(batch)) {
    const part = captures.slice(start, start + Number(batch))
    revision = (yield* appendCaptures(sourceStream, revision, part)).revision
    yield* Console.log("appended")
  }
  yield* catchUp("stop")
  yield* Console.log("done")
})

await Effect.runPromise(
  Effect.provide(program, Layer.merge(layerAt(url), layerCurrent({ data, mode: "read-write" }))),
)
