import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import type { EventLogUnavailable } from "../../../../src/infra/eventlog/EventLog.ts"
import { caughtUp, deliveriesUntil } from "../deliveries.ts"
import { asGiven, idsOf, newEvent, newEvents, newId, newStream, newType } from "../newEvents.ts"
import {
  type ConformanceTest,
  eventsAfter,
  isStrictlyIncreasing,
  type Log,
  positionAt,
  wholeStream,
} from "./ConformanceTest.ts"

/** What is found in a log. */
export const reading = (test: ConformanceTest): void => {
  describe("when reading", () => {
    test("gives back data and metadata as they were", (log) =>
      Effect.gen(function* () {
        const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), "bottom")
        const kinds = {
          text: 'pässwörd \u{1f511} \u65e5\u672c\u8a9e \u0000\u0001\n"\\ \ud800 end',
          numbers: [0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, 5e-324],
          nothing: [null, false, true, "", [], {}],
          'a key with \u00e9 and "': 1,
          __proto__x: 1,
        }
        const events = [
          newEvent({ data: kinds, metadata: { schemaVersion: 1, $causationId: newId() } }),
          newEvent({ data: { deep }, metadata: { schemaVersion: 1, more: kinds } }),
          newEvent({ data: { long: "x".repeat(200_000), list: Array(2_000).fill(kinds) } }),
          newEvent({ data: "text" }),
          newEvent({ data: null }),
          newEvent({ data: 7 }),
        ]
        const stream = newStream()
        yield* log.append({ stream, expectedRevision: "no_stream", events })
        const read = yield* wholeStream(log, stream)
        expect(read.map(asGiven)).toEqual(events.map(asGiven))
      }))

    test("keeps names of streams and types as they were", (log) =>
      Effect.gen(function* () {
        const stream = `capture-"quoted" 'name' %_*; ünïcode \u{1f36f} ${newStream()}`
        const type = `a type: "with" 'quotes' ${newType()}`
        yield* log.append({
          stream,
          expectedRevision: "no_stream",
          events: [newEvent({ type })],
        })
        const [event] = yield* wholeStream(log, stream)
        expect(event).toMatchObject({ stream, type })
        expect(yield* wholeStream(log, stream.toUpperCase())).toEqual([])
        const found = yield* log.readAll({ direction: "forwards", limit: 5, types: [type] })
        expect(found).toHaveLength(1)
      }))

    test("tells when an event was recorded, in milliseconds since 1970", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        yield* log.append({ stream, expectedRevision: "no_stream", events: newEvents(1) })
        const [event] = yield* wholeStream(log, stream)
        expect(Number.isInteger(event?.recordedAt)).toBe(true)
        const year = new Date(event?.recordedAt ?? 0).getUTCFullYear()
        expect(year).toBeGreaterThan(2000)
        expect(year).toBeLessThan(9999)
      }))

    test("pages through a stream in both directions", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        yield* log.append({ stream, expectedRevision: "no_stream", events: newEvents(7) })
        const revisions = (
          direction: "forwards" | "backwards",
          limit: number,
          from?: number,
        ): Effect.Effect<ReadonlyArray<number>, EventLogUnavailable> =>
          log
            .readStream(stream, { direction, limit, ...(from === undefined ? {} : { from }) })
            .pipe(Effect.map((events) => events.map((event) => event.revision)))
        expect(yield* revisions("forwards", 3)).toEqual([0, 1, 2])
        expect(yield* revisions("forwards", 3, 3)).toEqual([3, 4, 5])
        expect(yield* revisions("forwards", 3, 6)).toEqual([6])
        expect(yield* revisions("forwards", 3, 7)).toEqual([])
        expect(yield* revisions("forwards", 100, 0)).toEqual([0, 1, 2, 3, 4, 5, 6])
        expect(yield* revisions("backwards", 3)).toEqual([6, 5, 4])
        expect(yield* revisions("backwards", 3, 3)).toEqual([3, 2, 1])
        expect(yield* revisions("backwards", 3, 0)).toEqual([0])
        expect(yield* revisions("backwards", 2, 100)).toEqual([6, 5])
      }))

    test("finds nothing in a stream that is not there", (log) =>
      Effect.gen(function* () {
        for (const direction of ["forwards", "backwards"] as const) {
          expect(yield* log.readStream(newStream(), { direction, limit: 10 })).toEqual([])
        }
      }))

    test("puts the events of all streams in the order they were appended", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const [one, two] = [newStream(), newStream()]
        const events = newEvents(6)
        const [a, b, c] = [events.slice(0, 2), events.slice(2, 3), events.slice(3)]
        yield* log.append({ stream: one, expectedRevision: "no_stream", events: a })
        yield* log.append({ stream: two, expectedRevision: "no_stream", events: b })
        yield* log.append({ stream: one, expectedRevision: 1, events: c })
        const read = yield* eventsAfter(log, head)
        expect(idsOf(read)).toEqual(idsOf(events))
        expect(isStrictlyIncreasing(read.map((event) => event.position))).toBe(true)
        expect(read.every((event) => event.position > head)).toBe(true)
        const fromStreams = [...(yield* wholeStream(log, one)), ...(yield* wholeStream(log, two))]
        expect(fromStreams.map((event) => event.position).toSorted()).toEqual(
          read.map((event) => event.position),
        )
      }))

    test("pages through everything in both directions, from either side of a position", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const events = newEvents(7)
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const ids = idsOf(events)
        const all = yield* eventsAfter(log, head)
        const third = positionAt(all, 2)
        const page = (direction: "forwards" | "backwards", limit: number, from: Position) =>
          log.readAll({ direction, limit, from }).pipe(Effect.map(idsOf))
        expect(yield* page("forwards", 3, head)).toEqual(ids.slice(0, 3))
        expect(yield* page("forwards", 3, third)).toEqual(ids.slice(3, 6))
        expect(yield* page("forwards", 100, third)).toEqual(ids.slice(3))
        expect(yield* page("backwards", 2, third)).toEqual(ids.slice(0, 2).toReversed())
        expect(idsOf(yield* log.readAll({ direction: "backwards", limit: 3 }))).toEqual(
          ids.slice(4).toReversed(),
        )
        expect(yield* page("backwards", 3, beginning)).toEqual([])
        expect(
          yield* Effect.map(
            log.readAll({ direction: "forwards", limit: 1, from: beginning }),
            idsOf,
          ),
        ).toEqual(idsOf(yield* log.readAll({ direction: "forwards", limit: 1 })))
      }))

    test("keeps to the types asked for, in both directions", (log) =>
      Effect.gen(function* () {
        const [x, y, z] = [newType(), newType(), newType()]
        const events = [x, y, x, z, y, x, z].map((type) => newEvent({ type }))
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const of = (types: ReadonlyArray<string>) =>
          idsOf(events.filter((event) => types.includes(event.type)))
        const read = (options: Parameters<Log["readAll"]>[0]) =>
          Effect.map(log.readAll(options), idsOf)
        const forwards = { direction: "forwards", limit: 100 } as const
        const backwards = { direction: "backwards", limit: 100 } as const
        expect(yield* read({ ...forwards, types: [x] })).toEqual(of([x]))
        expect(yield* read({ ...forwards, types: [y, x] })).toEqual(of([x, y]))
        expect(yield* read({ ...forwards, types: [x, x] })).toEqual(of([x]))
        expect(yield* read({ ...forwards, types: [x, newType()] })).toEqual(of([x]))
        expect(yield* read({ ...forwards, types: [newType()] })).toEqual([])
        expect(yield* read({ ...forwards, types: [] })).toEqual([])
        expect(yield* read({ ...backwards, types: [z, y] })).toEqual(of([y, z]).toReversed())
        expect(yield* read({ ...forwards, limit: 2, types: [x, y] })).toEqual(
          of([x, y]).slice(0, 2),
        )
        const all = yield* log.readAll({ ...forwards, types: [x, y, z] })
        const from = positionAt(all, 2)
        expect(yield* read({ ...forwards, from, types: [x, y] })).toEqual(of([x, y]).slice(3))
        expect(yield* read({ ...backwards, from, types: [x, y] })).toEqual(
          of([x, y]).slice(0, 2).toReversed(),
        )
      }))

    test("knows which ids it holds", (log) =>
      Effect.gen(function* () {
        const [events, more] = [newEvents(700), newEvents(30)]
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events: more })
        const unknown = Array.from({ length: 600 }, newId)
        const there = [...idsOf(events), ...idsOf(more)]
        const known = yield* log.known([...unknown, ...there, ...there.slice(0, 5)])
        expect(known).toEqual(new Set(there))
        expect(yield* log.known([])).toEqual(new Set())
        expect(yield* log.known(unknown.slice(0, 1))).toEqual(new Set())
      }))

    test("counts what comes after a position", (log) =>
      Effect.gen(function* () {
        const [x, y] = [newType(), newType()]
        const { head } = yield* log.health
        const stream = newStream()
        const first = yield* log.append({
          stream,
          expectedRevision: "no_stream",
          events: [x, y, x, x].map((type) => newEvent({ type })),
        })
        expect(yield* log.gap(head)).toBe(4)
        expect(yield* log.gap(head, [x])).toBe(3)
        expect(yield* log.gap(head, [x, y, x])).toBe(4)
        expect(yield* log.gap(beginning, [y])).toBe(1)
        expect(yield* log.gap(head, [newType()])).toBe(0)
        expect(yield* log.gap(head, [])).toBe(0)
        expect(yield* log.gap(first.position)).toBe(0)
        yield* log.append({ stream, expectedRevision: 3, events: newEvents(2, y) })
        expect(yield* log.gap(first.position)).toBe(2)
        expect(yield* log.gap(first.position, [x])).toBe(0)
        expect(yield* log.gap(first.position, [y])).toBe(2)
      }))

    test("tells how it is", (log) =>
      Effect.gen(function* () {
        const before = yield* log.health
        const { position } = yield* log.append({
          stream: newStream(),
          expectedRevision: "no_stream",
          events: newEvents(3),
        })
        const health = yield* log.health
        expect(health.layer).not.toBe("")
        expect(health.location).not.toBe("")
        if (before.events !== null) expect(health.events).toBe(before.events + 3)
        expect(health.head >= position).toBe(true)
        expect(position > before.head).toBe(true)
      }))

    test("reads its positions where a person has written them", (log) =>
      Effect.gen(function* () {
        const { position } = yield* log.append({
          stream: newStream(),
          expectedRevision: "no_stream",
          events: newEvents(1),
        })
        expect(log.parsePosition(position)).toBe(position)
        expect(log.parsePosition("not a position")).toBeUndefined()
      }))

    test("refuses a position that no log gives", (log) =>
      Effect.gen(function* () {
        const foreign = "not a position" as Position // that is the point
        const calls = [
          log.readAll({ direction: "forwards", limit: 1, from: foreign }),
          log.gap(foreign),
          deliveriesUntil(log.subscribe({ after: foreign, batchSize: 1 }), caughtUp),
        ]
        for (const call of calls) {
          expect(yield* Effect.flip<unknown, EventLogUnavailable, never>(call)).toMatchObject({
            _tag: "EventLogUnavailable",
            kind: "foreign-position",
          })
        }
      }))
  })
}
