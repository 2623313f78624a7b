import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect } from "vitest"
import type { NewEvent } from "../../../../src/domain/event/events.ts"
import {
  type EventLogUnavailable,
  type ExpectedRevision,
  WrongExpectedRevision,
} from "../../../../src/infra/eventlog/EventLog.ts"
import { asGiven, idsOf, newEvent, newEvents, newStream } from "../newEvents.ts"
import { type ConformanceTest, eventsAfter, wholeStream } from "./ConformanceTest.ts"

/** How events get into a log. */
export const appending = (test: ConformanceTest): void => {
  describe("when appending", () => {
    test("begins a stream at revision 0", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const events = newEvents(3)
        const appended = yield* log.append({ stream, expectedRevision: "no_stream", events })
        expect(appended.revision).toBe(2)
        const read = yield* wholeStream(log, stream)
        expect(read.map(asGiven)).toEqual(events.map(asGiven))
        expect(read.map((event) => event.revision)).toEqual([0, 1, 2])
        expect(read.map((event) => event.stream)).toEqual([stream, stream, stream])
      }))

    test("goes on after the last revision", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const [first, second, third] = [newEvents(2), newEvents(1), newEvents(4)]
        yield* log.append({ stream, expectedRevision: "no_stream", events: first })
        const then = yield* log.append({ stream, expectedRevision: 1, events: second })
        expect(then.revision).toBe(2)
        const last = yield* log.append({ stream, expectedRevision: 2, events: third })
        expect(last.revision).toBe(6)
        expect(idsOf(yield* wholeStream(log, stream))).toEqual(
          idsOf([...first, ...second, ...third]),
        )
      }))

    test("answers with the position of the last event appended", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const first = yield* log.append({
          stream,
          expectedRevision: "no_stream",
          events: newEvents(3),
        })
        const events = newEvents(2)
        const second = yield* log.append({ stream, expectedRevision: 2, events })
        expect(second.position > first.position).toBe(true)
        expect(idsOf(yield* eventsAfter(log, first.position))).toEqual(idsOf(events))
        expect(yield* eventsAfter(log, second.position)).toEqual([])
      }))

    test("refuses to begin a stream that is there", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const events = newEvents(2)
        yield* log.append({ stream, expectedRevision: "no_stream", events })
        const error = yield* Effect.flip(
          log.append({ stream, expectedRevision: "no_stream", events: newEvents(1) }),
        )
        expect(error).toBeInstanceOf(WrongExpectedRevision)
        expect(error).toMatchObject({ stream, expected: "no_stream", actual: 1 })
        expect(idsOf(yield* wholeStream(log, stream))).toEqual(idsOf(events))
      }))

    test("refuses to go on with a stream that is not there", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const error = yield* Effect.flip(
          log.append({ stream, expectedRevision: 4, events: newEvents(1) }),
        )
        expect(error).toBeInstanceOf(WrongExpectedRevision)
        expect(error).toMatchObject({ stream, expected: 4, actual: "no_stream" })
        expect(yield* wholeStream(log, stream)).toEqual([])
      }))

    test("refuses a revision behind or ahead of the stream's", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const events = newEvents(3)
        yield* log.append({ stream, expectedRevision: "no_stream", events })
        for (const expected of [1, 3]) {
          const error = yield* Effect.flip(
            log.append({ stream, expectedRevision: expected, events: newEvents(1) }),
          )
          expect(error).toBeInstanceOf(WrongExpectedRevision)
          expect(error).toMatchObject({ stream, expected, actual: 2 })
        }
        expect(idsOf(yield* wholeStream(log, stream))).toEqual(idsOf(events))
      }))

    test("takes a repeat for done, at the place it was done", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const [first, second] = [newEvents(2), newEvents(3)]
        const begun = { stream, expectedRevision: "no_stream", events: first } as const
        const continued = { stream, expectedRevision: 1, events: second } as const
        const answers = [yield* log.append(begun), yield* log.append(continued)]
        expect([yield* log.append(begun), yield* log.append(continued)]).toEqual(answers)
        yield* log.append({ stream, expectedRevision: 4, events: newEvents(1) })
        expect([yield* log.append(begun), yield* log.append(continued)]).toEqual(answers)
        expect(yield* wholeStream(log, stream)).toHaveLength(6)
      }))

    test("refuses a repeat of which only a part is there", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const [a, b, c] = [newEvent(), newEvent(), newEvent()]
        yield* log.append({ stream, expectedRevision: "no_stream", events: [a, b] })
        for (const events of [[a, b, c], [a, c], [c, b], [b, a], [b]]) {
          const error = yield* Effect.flip(
            log.append({ stream, expectedRevision: "no_stream", events }),
          )
          expect(error).toMatchObject({ expected: "no_stream", actual: 1 })
        }
        expect(idsOf(yield* wholeStream(log, stream))).toEqual(idsOf([a, b]))
      }))

    test("lets each of several writes stand or fall alone", (log) =>
      Effect.gen(function* () {
        const [one, two, three, four] = [newStream(), newStream(), newStream(), newStream()]
        const [a, b, c] = [newEvents(2), newEvents(1), newEvents(3)]
        yield* log.append({ stream: two, expectedRevision: "no_stream", events: newEvents(1) })
        const results = yield* log.appendMany([
          { stream: one, expectedRevision: "no_stream", events: a },
          { stream: two, expectedRevision: "no_stream", events: newEvents(1) },
          { stream: three, expectedRevision: 7, events: newEvents(1) },
          { stream: one, expectedRevision: 1, events: b },
          { stream: four, expectedRevision: "no_stream", events: c },
          { stream: one, expectedRevision: "no_stream", events: a },
        ])
        expect(results).toMatchObject([
          { revision: 1 },
          { stream: two, expected: "no_stream", actual: 0 },
          { stream: three, expected: 7, actual: "no_stream" },
          { revision: 2 },
          { revision: 2 },
          { revision: 1 },
        ])
        expect(results.map((result) => result instanceof WrongExpectedRevision)).toEqual([
          false,
          true,
          true,
          false,
          false,
          false,
        ])
        expect(idsOf(yield* wholeStream(log, one))).toEqual(idsOf([...a, ...b]))
        expect(yield* wholeStream(log, two)).toHaveLength(1)
        expect(yield* wholeStream(log, three)).toEqual([])
        expect(idsOf(yield* wholeStream(log, four))).toEqual(idsOf(c))
      }))

    test("appends nothing when asked for nothing", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        expect(yield* log.appendMany([])).toEqual([])
        expect(yield* eventsAfter(log, head)).toEqual([])
      }))

    test("takes a write without events for a mistake, and does none of the others", (log) =>
      Effect.gen(function* () {
        const [full, empty] = [newStream(), newStream()]
        const exit = yield* Effect.exit(
          log.appendMany([
            { stream: full, expectedRevision: "no_stream", events: newEvents(1) },
            { stream: empty, expectedRevision: "no_stream", events: [] },
          ]),
        )
        expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
        expect(yield* wholeStream(log, full)).toEqual([])
      }))

    test("gives each revision to exactly one of several writers", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const writers = Array.from({ length: 6 }, () => newEvents(8))
        let lost = 0
        const appendNext = (
          event: NewEvent,
          expectedRevision: ExpectedRevision,
        ): Effect.Effect<number, EventLogUnavailable> =>
          log.append({ stream, expectedRevision, events: [event] }).pipe(
            Effect.map((appended) => appended.revision),
            Effect.catchTag("WrongExpectedRevision", ({ actual }) => {
              lost++
              return appendNext(event, actual)
            }),
          )
        const write = Effect.fnUntraced(function* (events: ReadonlyArray<NewEvent>) {
          const won: Array<number> = []
          for (const event of events) {
            won.push(yield* appendNext(event, won.at(-1) ?? "no_stream"))
            yield* Effect.yieldNow
          }
          return won
        })
        const won = yield* Effect.forEach(writers, write, { concurrency: "unbounded" })
        const read = yield* wholeStream(log, stream)
        expect(lost).toBeGreaterThan(0)
        expect(won.flat().toSorted((a, b) => a - b)).toEqual(read.map((event) => event.revision))
        for (const [index, events] of writers.entries()) {
          expect(won[index]?.map((revision) => read[revision]?.id)).toEqual(idsOf(events))
        }
      }))
  })
}
