// Projects a log until it is killed, printing "live" whenever it has caught up and "moved" whenever
// another process was faster: DATA BATCH
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { project } from "../../../../src/infra/readmodel/project.ts"
import { announcing } from "../sinks.ts"
import { stores } from "../storeLayers.ts"

const [data = "", batch = ""] = process.argv.slice(2)

const program = Effect.gen(function* () {
  const projection = yield* announcing
  while (true) {
    yield* project(projection, {
      onPoison: "stop",
      until: "interrupted",
      batchSize: Number(batch),
      onDelivery: ({ caughtUp }) => (caughtUp ? Console.log("live") : Effect.yieldNow),
    }).pipe(Effect.catchTag("CheckpointMoved", () => Console.log("moved")))
  }
})

await Effect.runPromise(Effect.provide(program, stores(data)))
