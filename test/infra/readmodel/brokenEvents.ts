import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { DecodedEvent, RecordedEvent } from "../../../src/domain/event/events.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"

/** The ids of the events that do not decode at present. */
export const broken = new Set<string>()

const asRead = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<RecordedEvent> =>
  events.map((event) => {
    if (!broken.has(event.id)) return event
    const { position, stream, revision, id, type, recordedAt, metadata } = event
    const data = { ...(event.data as object), observedAt: "never" } // every event has an object
    return { position, stream, revision, id, type, recordedAt, metadata, data }
  })

const breakable = Layer.effect(
  EventLog,
  Effect.map(EventLog, (log) =>
    EventLog.of({
      ...log,
      readAll: (options) => Effect.map(log.readAll(options), asRead),
      readStream: (stream, options) => Effect.map(log.readStream(stream, options), asRead),
      subscribe: (options) =>
        log
          .subscribe(options)
          .pipe(Stream.map((delivery) => ({ ...delivery, events: asRead(delivery.events) }))),
    }),
  ),
).pipe(Layer.provide(layerMemory))

/** Read models, and a log of which some events are broken for as long as a test says so. */
export const breakableStores = Layer.fresh(
  Layer.merge(ReadModel.layer({ file: ":memory:", mode: "read-write" }), breakable),
)

/** Which events of a history are meant, by number. */
export const some: Arbitrary.Arbitrary<ReadonlyArray<number>> = Arbitrary.array(
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 119 }))),
  { maxLength: 12 },
)

/** Breaks those of the events that are captures, and no others. */
export const breakSome = (
  events: ReadonlyArray<DecodedEvent>,
  which: ReadonlyArray<number>,
): void => {
  broken.clear()
  for (const index of which) {
    const event = events[index]
    if (event?.type === "credential.captured") broken.add(event.recorded.id)
  }
}

/** Each event once, as a log holds it. */
export const distinct = (events: ReadonlyArray<DecodedEvent>): ReadonlyArray<DecodedEvent> => {
  const ids = new Set<string>()
  return events.filter(({ recorded: { id } }) => !ids.has(id) && ids.add(id))
}
