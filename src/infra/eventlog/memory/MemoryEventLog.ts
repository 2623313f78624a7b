import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { EventId } from "../../../domain/event/ids.ts"
import { makeAppendSignal } from "../AppendSignal.ts"
import {
  type Appended,
  appendOne,
  EventLog,
  type ExpectedRevision,
  requireEvents,
  type StreamWrite,
  WrongExpectedRevision,
} from "../EventLog.ts"
import { type Followed, follow } from "../follow.ts"
import { parsePosition, placeOf, positionOf, StoredEvent } from "../StoredEvent.ts"

/** A log that is gone with its layer, for tests: what is in it has been through JSON all the same. */
export const layerMemory: Layer.Layer<EventLog> = Layer.sync(EventLog, () => {
  const events: Array<StoredEvent> = []
  const streams = new Map<string, Array<StoredEvent>>()
  const ids = new Set<EventId>()
  const signal = makeAppendSignal()

  const write = (one: StreamWrite, now: number): Appended | WrongExpectedRevision => {
    const stream = streams.get(one.stream) ?? []
    const actual: ExpectedRevision = stream.length === 0 ? "no_stream" : stream.length - 1
    const done = one.expectedRevision === actual ? add(one, stream, now) : repeated(one, stream)
    return (
      done ??
      new WrongExpectedRevision({ stream: one.stream, expected: one.expectedRevision, actual })
    )
  }
  const add = (one: StreamWrite, stream: Array<StoredEvent>, now: number): Appended | undefined => {
    const added = new Set(one.events.map((event) => event.id))
    if (added.size < one.events.length || !added.isDisjointFrom(ids)) return undefined
    for (const event of one.events) {
      const recorded = new StoredEvent([
        events.length + 1,
        one.stream,
        stream.length,
        event.id.replaceAll("-", ""),
        event.type,
        now,
        JSON.stringify(event.data),
        JSON.stringify(event.metadata),
      ])
      ids.add(event.id)
      events.push(recorded)
      stream.push(recorded)
    }
    streams.set(one.stream, stream)
    return { revision: stream.length - 1, position: positionOf(events.length) }
  }
  const after = (place: number, types?: ReadonlyArray<string>): ReadonlyArray<StoredEvent> =>
    ofTypes(events.slice(place), types)

  const appendMany: EventLog["Service"]["appendMany"] = Effect.fnUntraced(function* (writes) {
    yield* requireEvents(writes)
    const now = yield* Clock.currentTimeMillis
    const results = writes.map((one) => write(one, now))
    signal.announce()
    return results
  })
  const page: Followed["page"] = (place, { batchSize, types }) =>
    Effect.sync(() => ({
      seen: signal.seen(),
      head: events.length,
      events: after(place, types).slice(0, batchSize),
    }))

  return EventLog.of({
    append: (write) => appendOne(appendMany, write),
    appendMany,
    known: (asked) => Effect.sync(() => new Set(asked).intersection(ids)),
    readStream: (name, { direction, from, limit }) =>
      Effect.sync(() => {
        const stream = streams.get(name) ?? []
        const part =
          direction === "forwards"
            ? stream.slice(from ?? 0)
            : stream.slice(0, (from ?? stream.length) + 1).reverse()
        return part.slice(0, limit)
      }),
    readAll: Effect.fnUntraced(function* ({ direction, from, limit, types }) {
      const start = direction === "forwards" ? 0 : events.length + 1
      const place = from === undefined ? start : yield* placeOf(from)
      const part =
        direction === "forwards"
          ? after(place, types)
          : ofTypes(events.slice(0, Math.max(0, place - 1)), types).toReversed()
      return part.slice(0, limit)
    }),
    subscribe: (options) => follow({ signal, page }, options),
    gap: (position, types) => Effect.map(placeOf(position), (place) => after(place, types).length),
    parsePosition,
    health: Effect.sync(() => ({
      layer: "memory",
      location: "memory",
      events: events.length,
      head: positionOf(events.length),
    })),
  })
})

const ofTypes = (
  events: ReadonlyArray<StoredEvent>,
  types: ReadonlyArray<string> | undefined,
): ReadonlyArray<StoredEvent> =>
  types === undefined ? events : events.filter((event) => types.includes(event.type))

const repeated = (one: StreamWrite, stream: ReadonlyArray<StoredEvent>): Appended | undefined => {
  const first = one.expectedRevision === "no_stream" ? 0 : one.expectedRevision + 1
  const there = stream.slice(first, first + one.events.length)
  const last = there.at(-1)
  const same = one.events.every((event, index) => there[index]?.id === event.id)
  return same && last !== undefined
    ? { revision: last.revision, position: last.position }
    : undefined
}
