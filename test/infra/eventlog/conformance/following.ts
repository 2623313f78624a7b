import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { describe, expect } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import { caughtUp, deliveriesUntil, eventCount, eventsOf, listen } from "../deliveries.ts"
import { asGiven, idsOf, newEvent, newEvents, newStream, newType } from "../newEvents.ts"
import {
  type ConformanceTest,
  eventsAfter,
  isStrictlyIncreasing,
  positionAt,
} from "./ConformanceTest.ts"

/** What a subscriber is told. */
export const following = (test: ConformanceTest): void => {
  describe("when followed", () => {
    test("delivers from the beginning", (log) =>
      Effect.gen(function* () {
        const stream = newStream()
        const events = newEvents(5)
        yield* log.append({ stream, expectedRevision: "no_stream", events })
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: beginning, batchSize: 1_000 }),
          caughtUp,
        )
        const delivered = eventsOf(deliveries)
        const own = delivered.filter((event) => event.stream === stream)
        expect(own.map(asGiven)).toEqual(events.map(asGiven))
        expect(isStrictlyIncreasing(delivered.map((event) => event.position))).toBe(true)
        const everything = yield* eventsAfter(log, beginning)
        expect(idsOf(delivered)).toEqual(idsOf(everything))
      }))

    test("delivers only what comes after a position", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const events = newEvents(5)
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const second = positionAt(yield* eventsAfter(log, head), 1)
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: second, batchSize: 10 }),
          caughtUp,
        )
        expect(idsOf(eventsOf(deliveries))).toEqual(idsOf(events.slice(2)))
      }))

    test("delivers only the types asked for", (log) =>
      Effect.gen(function* () {
        const [x, y, z] = [newType(), newType(), newType()]
        const events = [x, y, z, x, z, y, y, z].map((type) => newEvent({ type }))
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: beginning, types: [y, x], batchSize: 2 }),
          caughtUp,
        )
        expect(idsOf(eventsOf(deliveries))).toEqual(
          idsOf(events.filter((event) => event.type !== z)),
        )
      }))

    test("moves on past what was filtered out", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        yield* log.append({
          stream: newStream(),
          expectedRevision: "no_stream",
          events: newEvents(100),
        })
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: head, types: [newType()], batchSize: 10 }),
          caughtUp,
        )
        expect(eventsOf(deliveries)).toEqual([])
        const position = deliveries.at(-1)?.position ?? head
        expect(position > head).toBe(true)
      }))

    test("puts no more events into a delivery than asked for", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const events = newEvents(20)
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        for (const batchSize of [1, 7, 20, 21]) {
          const deliveries = yield* deliveriesUntil(
            log.subscribe({ after: head, batchSize }),
            caughtUp,
          )
          expect(idsOf(eventsOf(deliveries))).toEqual(idsOf(events))
          expect(Math.max(...deliveries.map(({ events }) => events.length))).toBeLessThanOrEqual(
            batchSize,
          )
        }
      }))

    test("gives with each delivery the position to go on from", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const [x, y] = [newType(), newType()]
        const events = Array.from({ length: 40 }, (_, n) => newEvent({ type: n % 3 === 0 ? x : y }))
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const wanted = idsOf(events.filter((event) => event.type === x))
        const subscription = (from: Position) =>
          log.subscribe({ after: from, types: [x], batchSize: 3 })
        const deliveries = yield* deliveriesUntil(subscription(head), caughtUp)
        let got = 0
        for (const { events: part, position } of deliveries) {
          got += part.length
          const rest = yield* deliveriesUntil(subscription(position), caughtUp)
          expect(idsOf(eventsOf(rest))).toEqual(wanted.slice(got))
        }
        expect(got).toBe(wanted.length)
        const positions = deliveries.map((delivery) => delivery.position)
        expect(positions.toSorted()).toEqual(positions)
      }))

    test("says that it has caught up where there is nothing to deliver", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: head, batchSize: 10 }),
          caughtUp,
        )
        expect(eventsOf(deliveries)).toEqual([])
        expect((deliveries.at(-1)?.position ?? beginning) >= head).toBe(true)
      }))

    test("does not say that it has caught up before everything is delivered", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const events = newEvents(30)
        yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: head, batchSize: 4 }),
          caughtUp,
        )
        expect(idsOf(eventsOf(deliveries))).toEqual(idsOf(events))
      }))

    test("delivers what is appended later, and says again that it has caught up", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const stream = newStream()
        const events = newEvents(6)
        const listener = yield* listen(
          log.subscribe({ after: head, batchSize: 10 }),
          (deliveries) => eventCount(6)(deliveries) && caughtUp(deliveries),
        )
        yield* listener.live
        yield* log.append({ stream, expectedRevision: "no_stream", events: events.slice(0, 1) })
        yield* log.append({ stream, expectedRevision: 0, events: events.slice(1, 4) })
        yield* log.append({ stream, expectedRevision: 3, events: events.slice(4) })
        yield* Fiber.join(listener.fiber)
        expect(eventsOf(listener.received).map(asGiven)).toEqual(events.map(asGiven))
      }))

    test("delivers later events of types that nobody has seen before", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const [x, y] = [newType(), newType()]
        const stream = newStream()
        const listener = yield* listen(
          log.subscribe({ after: head, types: [x], batchSize: 10 }),
          eventCount(2),
        )
        yield* listener.live
        const events = [y, x, y, x].map((type) => newEvent({ type }))
        for (const [n, event] of events.entries()) {
          yield* log.append({
            stream,
            expectedRevision: n === 0 ? "no_stream" : n - 1,
            events: [event],
          })
        }
        yield* Fiber.join(listener.fiber)
        expect(idsOf(eventsOf(listener.received))).toEqual(
          idsOf(events.filter((event) => event.type === x)),
        )
      }))

    test("delivers everything to each of several subscribers", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const type = newType()
        const events = newEvents(60, type)
        const stream = newStream()
        yield* log.append({ stream, expectedRevision: "no_stream", events: events.slice(0, 20) })
        const listeners = yield* Effect.forEach([1, 3, 100], (batchSize) =>
          listen(
            log.subscribe({
              after: batchSize === 1 ? beginning : head,
              types: [type],
              batchSize,
            }),
            eventCount(60),
          ),
        )
        yield* Effect.forEach(listeners, (listener) => listener.live)
        for (let n = 20; n < 60; n += 10) {
          yield* log.append({ stream, expectedRevision: n - 1, events: events.slice(n, n + 10) })
        }
        for (const { fiber, received } of listeners) {
          yield* Fiber.join(fiber)
          expect(idsOf(eventsOf(received))).toEqual(idsOf(events))
        }
      }))

    test("ends when interrupted, and leaves the log in working order", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const stream = newStream()
        const listener = yield* listen(log.subscribe({ after: head, batchSize: 10 }), () => false)
        yield* listener.live
        const deliveries = listener.received.length
        yield* Fiber.interrupt(listener.fiber)
        const exit = yield* Fiber.await(listener.fiber)
        expect(Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)).toBe(true)
        const events = newEvents(2)
        yield* log.append({ stream, expectedRevision: "no_stream", events })
        expect(
          idsOf(
            eventsOf(
              yield* deliveriesUntil(log.subscribe({ after: head, batchSize: 10 }), caughtUp),
            ),
          ),
        ).toEqual(idsOf(events))
        expect(listener.received).toHaveLength(deliveries)
      }))

    test("keeps ten thousand events in order, catching up and live", (log) =>
      Effect.gen(function* () {
        const { head } = yield* log.health
        const stream = newStream()
        const events = newEvents(10_000)
        const listener = yield* listen(
          log.subscribe({ after: head, batchSize: 700 }),
          eventCount(10_000),
        )
        yield* listener.live
        for (let n = 0; n < 10_000; n += 1_000) {
          const { revision } = yield* log.append({
            stream,
            expectedRevision: n === 0 ? "no_stream" : n - 1,
            events: events.slice(n, n + 1_000),
          })
          expect(revision).toBe(n + 999)
        }
        yield* Fiber.join(listener.fiber)
        expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
        const caught = yield* deliveriesUntil(
          log.subscribe({ after: head, batchSize: 3_000 }),
          caughtUp,
        )
        expect(eventsOf(caught).map((event) => event.data)).toEqual(
          events.map((event) => event.data),
        )
        expect(yield* log.gap(head)).toBe(10_000)
      }))
  })
}
