import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { beginning } from "../../../domain/event/position.ts"
import {
  appendOne,
  type Delivery,
  EventLog,
  EventLogUnavailable,
  requireEvents,
  type SubscribeOptions,
} from "../EventLog.ts"
import { makeClientSlot } from "./ClientSlot.ts"
import { makeEventStoreAppend } from "./eventStoreAppend.ts"
import { followEventStore } from "./eventStoreFollow.ts"
import { foreignPosition, parsePosition, serverPositionOf } from "./eventStorePosition.ts"
import { makeEventStoreReader } from "./eventStoreRead.ts"
import type { EventStoreSettings } from "./eventStoreSettings.ts"
import { isWanted } from "./Feed.ts"
import { firstEvents } from "./firstEvents.ts"
import { type ClientModule, clientMaker } from "./guardedClient.ts"
import { makeIdIndex } from "./IdIndex.ts"
import { persist } from "./persist.ts"

interface EventStoreOptions {
  readonly settings: EventStoreSettings
  /** The file of the index of ids, made when it is needed; by default it is kept in memory. */
  readonly ids?: string
  /** By default read-write. A reader never appends. */
  readonly mode?: "read-write" | "read-only"
  /** Milliseconds after which it is said that the server is away; by default three calls' time. */
  readonly patience?: number
}

/** Appends to so many streams are under way at once. */
const mostAtOnce = 64
/** Counting by reading stops here. */
const mostCounted = 100_000

/** The log on an EventStoreDB or KurrentDB server; nothing is asked of it before it is needed. */
export const layerEventStore = (options: EventStoreOptions): Layer.Layer<EventLog> =>
  Layer.effect(EventLog, makeEventStore(options))

const makeEventStore = Effect.fnUntraced(function* ({
  settings,
  ids: file = ":memory:",
  mode = "read-write",
  patience = 3 * settings.deadline,
}: EventStoreOptions): Effect.fn.Return<EventLog["Service"], never, Scope> {
  const module: ClientModule = yield* Effect.promise(() => import("@eventstore/db-client"))
  const make = clientMaker(module, settings)
  const { deadline, location } = settings
  const slot = Effect.acquireRelease(
    Effect.sync(() => makeClientSlot(make, deadline)),
    (made) => Effect.sync(() => made.discard()),
  )
  // Reading that fails must not take away the stream that appends go through.
  const writing = yield* slot
  const reading = yield* slot
  const persistence = { location, patience, deadline }
  const reader = makeEventStoreReader(reading, persistence)
  const followed = { ...persistence, module, slot: reading, reader }
  const subscribe = (options: SubscribeOptions): Stream.Stream<Delivery, EventLogUnavailable> =>
    followEventStore(followed, options)
  const ids = yield* Effect.acquireRelease(
    Effect.sync(() =>
      makeIdIndex(mode === "read-only" ? ":memory:" : file, {
        subscribe,
        at: (position) => persist("read the event log", persistence, reader.at(position)),
      }),
    ),
    (index) => Effect.sync(() => index.close()),
  )
  const write = makeEventStoreAppend(writing, reader, ids, persistence)

  const appendMany: EventLog["Service"]["appendMany"] = Effect.fnUntraced(function* (writes) {
    if (mode === "read-only") return yield* refusal(location)
    yield* requireEvents(writes)
    // One alone needs no fiber of its own, which would be a tenth of its time.
    return yield* Effect.forEach(writes, write, {
      concurrency: Math.min(writes.length, mostAtOnce),
    })
  })

  return EventLog.of({
    append: (write) => appendOne(appendMany, write),
    appendMany,
    known: ids.known,
    readStream: reader.stream,
    readAll: Effect.fnUntraced(function* ({ direction, from, limit, types }) {
      if (from !== undefined && serverPositionOf(from) === undefined) {
        return yield* foreignPosition(from)
      }
      if (limit <= 0 || types?.length === 0) return []
      if (direction === "backwards") {
        return yield* reader.backwards(from, limit, (event) => isWanted(event, types))
      }
      const filter = types === undefined ? {} : { types }
      const deliveries = subscribe({ after: from ?? beginning, batchSize: limit, ...filter })
      return yield* firstEvents(deliveries, limit)
    }),
    subscribe,
    gap: Effect.fnUntraced(function* (after, types) {
      if (serverPositionOf(after) === undefined) return yield* foreignPosition(after)
      if (types?.length === 0) return 0
      let count = 0
      yield* subscribe({ after, batchSize: 5000, ...(types === undefined ? {} : { types }) }).pipe(
        Stream.takeUntil(({ events, caughtUp }) => {
          count += events.length
          return caughtUp || count >= mostCounted
        }),
        Stream.runDrain,
      )
      return Math.min(count, mostCounted)
    }),
    parsePosition,
    health: Effect.map(persist("read the event log", persistence, reader.head), (head) => ({
      layer: "eventstoredb",
      location,
      events: null,
      head,
    })),
  })
})

const refusal = (location: string): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "append to the event log",
    kind: "read-only",
    reason: `this process has opened the event store at ${location} for reading alone`,
  })
