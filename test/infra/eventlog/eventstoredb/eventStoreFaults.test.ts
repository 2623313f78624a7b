import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog, WrongExpectedRevision } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEventStore } from "../../../../src/infra/eventlog/eventstoredb/EventStoreEventLog.ts"
import { readEventStoreSettings } from "../../../../src/infra/eventlog/eventstoredb/eventStoreSettings.ts"
import type { AppendFault, CallFault } from "../../../support/eventstoredb/Faults.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../../support/eventually.ts"
import { caughtUp, deliveriesUntil, eventCount, eventsOf, listen } from "../deliveries.ts"
import { idsOf, newEvent, newEvents } from "../newEvents.ts"
import { testServer } from "./testServer.ts"

const test = (
  title: string,
  body: (log: EventLog["Service"], server: TestServer) => Effect.Effect<void, unknown, Scope>,
  deadline = 700,
  patience = 60_000,
): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const server = yield* testServer()
          yield* EventLog.use((log) => body(log, server)).pipe(
            Effect.provide(layerWith(server, deadline, patience)),
          )
        }),
      ),
    ),
  )
}

/** The layer on a double, with these milliseconds for a call and for a server that is away. */
const layerWith = (server: TestServer, deadline: number, patience: number) =>
  Layer.unwrap(
    Effect.map(
      readEventStoreSettings(`${server.connectionString}&defaultDeadline=${deadline}`),
      (settings) => layerEventStore({ settings, patience }),
    ),
  )

const whole = { direction: "forwards", limit: 10_000 } as const

describe("an append to the event store", () => {
  const faults: ReadonlyArray<AppendFault> = [
    ...(["drop", "silence", "end"] as const).flatMap((kind) =>
      (["before", "after"] as const).map((when) => ({ kind, when })),
    ),
    { kind: "late", millis: 1_500 },
    { kind: "strange-answer" },
    { kind: "unknown-error" },
    { kind: "no-details" },
    { kind: "refuse", with: { kind: "not-ready" } },
    { kind: "refuse", with: { kind: "too-busy" } },
    { kind: "refuse", with: { kind: "timeout", of: "commit" }, when: "after" },
    { kind: "refuse", with: { kind: "unavailable" }, when: "after" },
  ]
  for (const fault of faults) {
    const name = JSON.stringify(fault)
    test(`is there exactly once in spite of ${name}`, (log, server) =>
      Effect.gen(function* () {
        const [a, b, c] = [newEvents(2), newEvents(3), newEvents(1)]
        yield* log.append({ stream: "s", expectedRevision: "no_stream", events: a })
        server.faults.order("append", fault, 2)
        const appended = yield* log.append({ stream: "s", expectedRevision: 1, events: b })
        expect(appended.revision).toBe(4)
        yield* log.append({ stream: "s", expectedRevision: 4, events: c })
        const read = yield* log.readStream("s", whole)
        expect(idsOf(read)).toEqual(idsOf([...a, ...b, ...c]))
        expect(appended.position).toBe(read[4]?.position)
      }))
  }

  test(
    "is told to be of unknown outcome when patience is over, and may be repeated",
    (log, server) =>
      Effect.gen(function* () {
        const write = { stream: "s", expectedRevision: "no_stream", events: newEvents(2) } as const
        server.faults.order("append", { kind: "silence", when: "after" }, 50)
        const error = yield* Effect.flip(log.append(write))
        expect(error).toMatchObject({ _tag: "EventLogUnavailable", kind: "unreachable" })
        server.faults.clear()
        yield* EventLog.use((patient) =>
          Effect.gen(function* () {
            expect((yield* patient.append(write)).revision).toBe(1)
            expect(idsOf(yield* patient.readStream("s", whole))).toEqual(idsOf(write.events))
          }),
        ).pipe(Effect.provide(layerWith(server, 30_000, 60_000)))
      }),
    200,
    1_000,
  )

  test(
    "is given up in time also where many wait for a connection",
    (log, server) =>
      Effect.gen(function* () {
        server.faults.order("append", { kind: "silence", when: "before" }, 1_000)
        const writes = Array.from({ length: 60 }, (_, n) => ({
          stream: `s-${n}`,
          expectedRevision: "no_stream" as const,
          events: newEvents(1),
        }))
        const error = yield* Effect.flip(log.appendMany(writes))
        expect(error).toMatchObject({ kind: "unreachable" })
        expect(server.traffic.appends).toBeLessThan(20)
      }),
    100,
    500,
  )

  test("that is too large is cut, and goes on where it broke off however it is cut then", (log, server) =>
    Effect.gen(function* () {
      const events = Array.from({ length: 9 }, () => newEvent({ data: "x".repeat(300_000) }))
      const write = { stream: "s", expectedRevision: "no_stream", events } as const
      yield* log.append({ ...write, events: events.slice(0, 4) })
      const error = yield* Effect.flip(log.append({ ...write, events: newEvents(3) }))
      expect(error).toBeInstanceOf(WrongExpectedRevision)
      expect((yield* log.append(write)).revision).toBe(8)
      expect((yield* log.append(write)).revision).toBe(8)
      expect(idsOf(yield* log.readStream("s", whole))).toEqual(idsOf(events))
      void server
    }))

  test("of an event that is too large alone names it", (log) =>
    Effect.gen(function* () {
      const event = newEvent({ data: "x".repeat(1_100_000) })
      const write = { stream: "s", expectedRevision: "no_stream", events: [event] } as const
      const error = yield* Effect.flip(log.append(write))
      expect(error).toMatchObject({ kind: "event-too-large" })
      expect(error.message).toContain(event.id)
    }))

  for (const data of [{ n: 1n }, undefined, (() => {}) as unknown]) {
    test(`of data that is not JSON is a mistake, and ends at once: ${String(data)}`, (log) =>
      Effect.gen(function* () {
        const event = { ...newEvent(), data } as ReturnType<typeof newEvent>
        const write = { stream: "s", expectedRevision: "no_stream", events: [event] } as const
        const exit = yield* Effect.exit(log.append(write))
        expect(exit._tag).toBe("Failure")
        expect(yield* log.readStream("s", whole)).toEqual([])
      }))
  }

  test("of an id that this process has found in the log elsewhere is refused", (log) =>
    Effect.gen(function* () {
      const [a, b] = [newEvent(), newEvent()]
      yield* log.append({ stream: "s", expectedRevision: "no_stream", events: [a] })
      expect(yield* log.known([a.id, b.id])).toEqual(new Set([a.id]))
      const write = { stream: "t", expectedRevision: "no_stream", events: [a] } as const
      const error = yield* Effect.flip(log.append(write))
      expect(error).toMatchObject({ expected: "no_stream", actual: "no_stream" })
      const results = yield* log.appendMany([
        { stream: "u", expectedRevision: "no_stream", events: [b] },
        { stream: "v", expectedRevision: "no_stream", events: [b] },
      ])
      expect(results.filter((result) => result instanceof WrongExpectedRevision)).toHaveLength(1)
    }))
})

describe("a subscription to the event store", () => {
  const faults: ReadonlyArray<CallFault> = [
    { kind: "drop" },
    { kind: "silence" },
    { kind: "end" },
    { kind: "refuse", with: { kind: "unavailable" } },
    { kind: "refuse", with: { kind: "not-ready" } },
    { kind: "refuse", with: { kind: "timeout", of: "consumer too slow" } },
  ]
  for (const fault of faults) {
    test(`comes to everything in spite of ${JSON.stringify(fault)}`, (log, server) =>
      Effect.gen(function* () {
        const events = newEvents(50)
        yield* log.append({ stream: "s", expectedRevision: "no_stream", events })
        server.faults.order("subscribe", fault)
        server.faults.order("read", fault)
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: beginning, batchSize: 7 }),
          caughtUp,
        )
        expect(idsOf(eventsOf(deliveries))).toEqual(idsOf(events))
      }))
  }

  for (const how of ["refused", "end", "silence", "cut", "restart"] as const) {
    test(`goes on after the last event when it is broken while it waits: ${how}`, (log, server) =>
      Effect.gen(function* () {
        const events = newEvents(30)
        const listener = yield* listen(
          log.subscribe({ after: beginning, batchSize: 5 }),
          eventCount(30),
        )
        yield* listener.live
        let at = -1
        for (let n = 0; n < 30; n += 10) {
          yield* log.append({
            stream: "s",
            expectedRevision: at < 0 ? "no_stream" : at,
            events: events.slice(n, n + 10),
          })
          at += 10
          yield* eventually(Effect.sync(() => eventsOf(listener.received).length >= n + 10))
          if (how === "cut") server.cut()
          else if (how === "restart") {
            yield* Effect.promise(() => server.down())
            yield* Effect.promise(() => server.up())
          } else server.endSubscriptions(how === "refused" ? { kind: "cancelled" } : how)
        }
        yield* Fiber.join(listener.fiber)
        expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
      }))
  }
})
