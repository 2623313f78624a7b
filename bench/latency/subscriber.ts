import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { EventLog } from "../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"

// Follows the findings in a log and notes how old the capture that caused each one is when it
// arrives here. Arguments: the log's file, how many announcements to leave out at first. Ends with
// SIGTERM, printing the latencies.
const [file = "", warmUp = "0"] = process.argv.slice(2)
const latencies: Array<number> = []
let seen = 0

process.on("SIGTERM", () => {
  const sorted = latencies.sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
  console.log(
    JSON.stringify({
      announcements: sorted.length,
      p50: at(0.5),
      p99: at(0.99),
      max: sorted.at(-1) ?? Number.NaN,
    }),
  )
  process.exit(0)
})

await Effect.gen(function* () {
  const log = yield* EventLog
  const { head } = yield* log.health
  console.log("ready")
  yield* log.subscribe({ after: head, types: ["credential.reuse.detected"], batchSize: 1000 }).pipe(
    Stream.runForEach((delivery) =>
      Effect.sync(() => {
        const now = performance.timeOrigin + performance.now()
        for (const { data } of delivery.events) {
          if (++seen <= Number(warmUp)) continue
          const { observedAt } = data as { readonly observedAt: string } // what we have announced
          latencies.push(now - Date.parse(observedAt))
        }
      }),
    ),
  )
}).pipe(Effect.provide(layerEmbedded({ file, mode: "read-only" })), Effect.runPromise)
