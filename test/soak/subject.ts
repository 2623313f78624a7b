// The service's side of a soak: appends to a log on EventStoreDB and follows it, until its standard
// input ends and everything has come back: URL. Prints a Report a second, and one at the end.
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { beginning } from "../../src/domain/event/position.ts"
import { EventLog, type ExpectedRevision } from "../../src/infra/eventlog/EventLog.ts"
import { layerAt } from "../infra/eventlog/eventstoredb/layerOn.ts"
import { newEvent, newEvents } from "../infra/eventlog/newEvents.ts"
import { eventually } from "../support/eventually.ts"
import type { Report } from "./Report.ts"

const [url = ""] = process.argv.slice(2)
const eventsPerAppend = 10
const type = "credential.soaked"
const crowdType = "credential.crowded"

const progress = { appended: 0, crowded: 0, delivered: 0, ended: false }
const hashes = { appended: createHash("sha256"), delivered: createHash("sha256") }
process.stdin.resume()
void once(process.stdin, "end").then(() => {
  progress.ended = true
})

const report = (done: boolean): void => {
  globalThis.gc?.()
  const { appended, crowded, delivered } = progress
  const megabytes = process.memoryUsage().heapUsed / 1024 / 1024
  const resources = process.getActiveResourcesInfo().length
  const digests = done
    ? {
        digests: [hashes.appended.digest("hex"), hashes.delivered.digest("hex")] as const,
      }
    : {}
  const line: Report = { appended, crowded, delivered, megabytes, resources, ...digests }
  console.log(JSON.stringify(line))
}

const append = Effect.gen(function* () {
  const log = yield* EventLog
  for (let no = 0; !progress.ended; no++) {
    // Short streams: what a server of one's own keeps of a long one is no matter here.
    const stream = `soak-${process.pid}-${Math.floor(no / 50)}`
    const expectedRevision: ExpectedRevision =
      no % 50 === 0 ? "no_stream" : (no % 50) * eventsPerAppend - 1
    const events = newEvents(eventsPerAppend, type)
    yield* log.append({ stream, expectedRevision, events })
    for (const { id } of events) hashes.appended.update(id)
    progress.appended += events.length
    if (no % 10 === 0) {
      // What is read and ended early, and what is subscribed to for a moment.
      yield* log.readAll({ direction: "backwards", limit: 1, types: [type] })
      yield* log.readAll({ direction: "forwards", limit: 1 })
    }
    if (no % 50 === 0) {
      // More at once than the client lets be on their way.
      yield* log.appendMany(
        Array.from({ length: 60 }, (_, n) => ({
          stream: `crowd-${process.pid}-${no}-${n}`,
          expectedRevision: "no_stream" as const,
          events: [newEvent({ type: crowdType, data: "x".repeat(20_000) })],
        })),
      )
      progress.crowded += 60
    }
    yield* Effect.sleep("10 millis")
  }
})

const follow = EventLog.use((log) =>
  log.subscribe({ after: beginning, types: [type], batchSize: 100 }).pipe(
    Stream.runForEach(({ events }) =>
      Effect.sync(() => {
        for (const { id } of events) hashes.delivered.update(id)
        progress.delivered += events.length
      }),
    ),
  ),
)

const soak = Effect.gen(function* () {
  const reporting = yield* Effect.forkScoped(
    Effect.forever(
      Effect.andThen(
        Effect.sleep("1 second"),
        Effect.sync(() => report(false)),
      ),
    ),
  )
  yield* Effect.forkScoped(follow)
  yield* append
  yield* eventually(Effect.sync(() => progress.delivered >= progress.appended))
  yield* Fiber.interrupt(reporting)
  report(true)
  // The server is looked at while the log is still open.
  yield* Effect.promise(() => once(process, "SIGTERM"))
})

await Effect.runPromise(Effect.scoped(Effect.provide(soak, layerAt(url))))
process.exit()
