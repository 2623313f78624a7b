import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import type { NewEvent } from "../../../src/domain/event/events.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { appendCaptures, SourceBusy } from "../../../src/infra/ingest/appendCaptures.ts"
import { idsOf, newEvents } from "../eventlog/newEvents.ts"

const test = <E>(title: string, body: Effect.Effect<void, E, EventLog>): void => {
  it(title, () => Effect.runPromise(body.pipe(Effect.provide(layerMemory))))
}

const stream = "capture-cowrie.trap"

const everything = EventLog.use((log) => log.readAll({ direction: "forwards", limit: 100_000 }))

type Meanwhile = (log: EventLog["Service"]) => Effect.Effect<unknown, unknown>

/** A log in which something happens between looking for known ids and each append. */
const overtaken = (meanwhile: Meanwhile) =>
  Layer.effect(
    EventLog,
    EventLog.useSync((log) =>
      EventLog.of({
        ...log,
        append: (write) => Effect.andThen(Effect.orDie(meanwhile(log)), log.append(write)),
      }),
    ),
  )

/** The same, but it happens once. */
const interrupted = (meanwhile: Meanwhile) => {
  let done = false
  return overtaken((log) =>
    Effect.suspend(() => {
      if (done) return Effect.void
      done = true
      return meanwhile(log)
    }),
  )
}

describe("appendCaptures", () => {
  test(
    "appends what is new, each once, and counts the rest",
    Effect.gen(function* () {
      const [a, b, c] = newEvents(3) as [NewEvent, NewEvent, NewEvent] // three were asked for
      expect(yield* appendCaptures(stream, "no_stream", [a, b, a])).toEqual({
        revision: 1,
        appended: 2,
        duplicates: 1,
      })
      expect(yield* appendCaptures(stream, 1, [b, a])).toEqual({
        revision: 1,
        appended: 0,
        duplicates: 2,
      })
      expect(yield* appendCaptures(stream, 1, [a, c, b])).toEqual({
        revision: 2,
        appended: 1,
        duplicates: 2,
      })
      expect(yield* appendCaptures(stream, 2, [])).toEqual({
        revision: 2,
        appended: 0,
        duplicates: 0,
      })
      expect(idsOf(yield* everything)).toEqual(idsOf([a, b, c]))
    }),
  )

  test(
    "appends very many in the order given, in appends of bounded size",
    Effect.gen(function* () {
      const events = newEvents(5001)
      const written = yield* appendCaptures(stream, "no_stream", [...events, ...events])
      expect(written).toEqual({ revision: 5000, appended: 5001, duplicates: 5001 })
      expect(idsOf(yield* everything)).toEqual(idsOf(events))
    }),
  )

  test(
    "goes on behind what another process has written to its stream",
    Effect.gen(function* () {
      const log = yield* EventLog
      const [theirs, ours] = [newEvents(2), newEvents(3)]
      yield* log.append({ stream, expectedRevision: "no_stream", events: theirs })
      const written = yield* appendCaptures(stream, "no_stream", [...theirs, ...ours])
      expect(written).toEqual({ revision: 4, appended: 3, duplicates: 2 })
      expect(idsOf(yield* everything)).toEqual(idsOf([...theirs, ...ours]))
    }),
  )

  test(
    "is told that the source is busy when another process is always faster",
    Effect.gen(function* () {
      const others = overtaken((log) =>
        Effect.gen(function* () {
          const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
          const expectedRevision = last?.revision ?? "no_stream"
          yield* log.append({ stream, expectedRevision, events: newEvents(1) })
        }),
      )
      const events = newEvents(3)
      const error = yield* Effect.flip(appendCaptures(stream, "no_stream", events)).pipe(
        Effect.provide(others),
      )
      expect(error).toBeInstanceOf(SourceBusy)
      expect(error.message).toContain(stream)
      const there = new Set(idsOf(yield* everything))
      expect(idsOf(events).some((id) => there.has(id))).toBe(false)
    }),
  )

  test(
    "does not go on in a stream that is shorter than it was",
    Effect.gen(function* () {
      const log = yield* EventLog
      const theirs = newEvents(2)
      yield* log.append({ stream, expectedRevision: "no_stream", events: theirs })
      for (const other of [stream, "capture-cowrie.gone"]) {
        const error = yield* Effect.flip(appendCaptures(other, 7, newEvents(1)))
        expect(error).toBeInstanceOf(SourceBusy)
      }
      expect(idsOf(yield* everything)).toEqual(idsOf(theirs))
    }),
  )

  test(
    "leaves alone what another source brings at the same moment, and appends the rest",
    Effect.gen(function* () {
      const events = newEvents(4)
      const other = { stream: "capture-cowrie.other", expectedRevision: "no_stream" } as const
      const race = interrupted((log) => log.append({ ...other, events: events.slice(1, 3) }))
      const written = yield* appendCaptures(stream, "no_stream", events).pipe(Effect.provide(race))
      expect(written).toEqual({ revision: 1, appended: 2, duplicates: 2 })
      const log = yield* EventLog
      const ours = yield* log.readStream(stream, { direction: "forwards", limit: 10 })
      expect(idsOf(ours)).toEqual(idsOf([...events.slice(0, 1), ...events.slice(3)]))
      expect(yield* everything).toHaveLength(4)
    }),
  )

  test(
    "appends nothing where another source brings everything at the same moment",
    Effect.gen(function* () {
      const events = newEvents(4)
      const other = { stream: "capture-cowrie.other", expectedRevision: "no_stream" } as const
      const race = interrupted((log) => log.append({ ...other, events }))
      const written = yield* appendCaptures(stream, "no_stream", events).pipe(Effect.provide(race))
      expect(written).toEqual({ revision: "no_stream", appended: 0, duplicates: 4 })
      expect(yield* everything).toHaveLength(4)
    }),
  )

  test(
    "doubles nothing when two processes append the same at the same moment",
    Effect.gen(function* () {
      const events = newEvents(4)
      const race = interrupted((log) =>
        log.append({ stream, expectedRevision: "no_stream", events }),
      )
      const written = yield* appendCaptures(stream, "no_stream", events).pipe(Effect.provide(race))
      expect(written.revision).toBe(3)
      expect(idsOf(yield* everything)).toEqual(idsOf(events))
    }),
  )

  test(
    "goes on behind a process that has appended the same and gone on",
    Effect.gen(function* () {
      const events = newEvents(6)
      const write = { stream, expectedRevision: "no_stream", events } as const
      const race = interrupted((log) => log.append(write))
      const mine = yield* appendCaptures(stream, "no_stream", events.slice(0, 3)).pipe(
        Effect.provide(race),
      )
      expect(mine.revision).toBe(2)
      const more = newEvents(1)
      const next = yield* appendCaptures(stream, mine.revision, [...events.slice(3), ...more])
      expect(next).toEqual({ revision: 6, appended: 1, duplicates: 3 })
      expect(idsOf(yield* everything)).toEqual(idsOf([...events, ...more]))
    }),
  )
})
