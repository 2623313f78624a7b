import { randomUUID } from "node:crypto"
import {
  type AppendResult,
  EventStoreDBClient,
  eventTypeFilter,
  type JSONEventData,
  jsonEvent,
} from "@eventstore/db-client"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { generateCaptures } from "../../sample/generator/captures.ts"
import type { Capture } from "../../src/domain/capture/capture.ts"
import type { NewEvent } from "../../src/domain/event/events.ts"
import { captureEventId } from "../../src/domain/event/ids.ts"
import { EventLog, type ExpectedRevision } from "../../src/infra/eventlog/EventLog.ts"
import { layerEventStore } from "../../src/infra/eventlog/eventstoredb/EventStoreEventLog.ts"
import { readEventStoreSettings } from "../../src/infra/eventlog/eventstoredb/eventStoreSettings.ts"
import { recordedEvent } from "../../src/infra/eventlog/eventstoredb/recordedEvent.ts"
import { projectionBatch } from "../../src/infra/readmodel/catchUp.ts"
import { project, readModelSink } from "../../src/infra/readmodel/project.ts"
import { ReadModel } from "../../src/infra/readmodel/ReadModel.ts"
import { reuseProjection } from "../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../src/projections/schema.ts"
import { makePlainLoop } from "../replay/plainLoop.ts"
import { side } from "../side.ts"

// One side of the benchmark of the event store, in a process of its own. Arguments: ours | bare
// | plain, batches | one by one | catch-up, the server's address, how many events, the read models' file.
const [which, what, url = "", given = "0", file = ""] = process.argv.slice(2)
const count = Number(given)
const stream = `capture-bench.${randomUUID()}`
const size = what === "one by one" ? 1 : 500

const makeBatches = (): ReadonlyArray<ReadonlyArray<NewEvent>> => {
  const events = [...generateCaptures({ seed: 1, captures: count, deckies: 24, days: 30 })].map(
    (data): NewEvent => ({
      type: "credential.captured",
      id: captureEventId(data),
      data,
      metadata: { schemaVersion: 1 },
    }),
  )
  return Array.from({ length: Math.ceil(events.length / size) }, (_, n) =>
    events.slice(n * size, (n + 1) * size),
  )
}
const batches = what === "catch-up" ? [] : makeBatches()

const oursAppend = EventLog.use((log) =>
  Effect.gen(function* () {
    let at: ExpectedRevision = "no_stream"
    for (const events of batches) {
      at = (yield* log.append({ stream, expectedRevision: at, events })).revision
    }
    return count
  }),
)

const oursCatchUp = Effect.gen(function* () {
  return yield* project(readModelSink(yield* ReadModel, reuseProjection("silent")), {
    onPoison: "stop",
    until: "caught-up",
    batchSize: projectionBatch,
  })
}).pipe(Effect.provide(ReadModel.layer({ file, mode: "read-write" })))

const ours = (): Promise<number> => {
  const layer = Layer.unwrap(
    Effect.map(readEventStoreSettings(url), (settings) => layerEventStore({ settings })),
  )
  return what === "catch-up"
    ? Effect.runPromise(Effect.provide(oursCatchUp, layer))
    : Effect.runPromise(Effect.provide(oursAppend, layer))
}

const bareAppend = async (client: EventStoreDBClient): Promise<number> => {
  let at: bigint | "no_stream" = "no_stream"
  for (const events of batches) {
    const given = events.map((event) => jsonEvent(event as never) as JSONEventData) // JSON all the same
    const appended: AppendResult = await client.appendToStream(stream, given, {
      expectedRevision: at,
    })
    at = appended.nextExpectedRevision
  }
  await client.dispose()
  return count
}

const bareCatchUp = async (client: EventStoreDBClient): Promise<number> => {
  let events = 0
  const filter = eventTypeFilter({ prefixes: ["credential.captured"] })
  const subscription = client.subscribeToAll({ filter })
  for await (const { event } of subscription) {
    if (event !== undefined && ++events === count) break
  }
  await subscription.unsubscribe()
  return events
}

// What one writes first: each event applied by itself, in transactions of 1,000.
const plainCatchUp = async (client: EventStoreDBClient): Promise<number> => {
  const to = new Sqlite(file)
  to.pragma("journal_mode = WAL")
  to.pragma("synchronous = NORMAL")
  to.pragma("wal_autocheckpoint = 8000")
  to.pragma("cache_size = -65536")
  to.exec(readModelSchema)
  const apply = makePlainLoop(to)
  const filter = eventTypeFilter({ prefixes: ["credential.captured"] })
  const subscription = client.subscribeToAll({ filter })
  let events = 0
  to.exec("BEGIN IMMEDIATE")
  for await (const resolved of subscription) {
    const recorded = recordedEvent(resolved)
    if (recorded === undefined) continue
    apply(recorded.data as Capture, recorded) // written by the benchmark itself
    if (++events % 1000 === 0) to.exec("COMMIT; BEGIN IMMEDIATE")
    if (events === count) break
  }
  to.exec("COMMIT")
  to.close()
  await subscription.unsubscribe()
  return events
}

const bare = (): Promise<number> => {
  const client = EventStoreDBClient.connectionString(url)
  if (what !== "catch-up") return bareAppend(client)
  return which === "plain" ? plainCatchUp(client) : bareCatchUp(client)
}

await side(which === "ours" ? ours : bare)
