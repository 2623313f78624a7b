import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { describe, expect, it, vi } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog, WrongExpectedRevision } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { eventLogConformance } from "../conformance.ts"
import { caughtUp, deliveriesUntil, eventCount, eventsOf, listen } from "../deliveries.ts"
import { asGiven, idsOf, newEvent, newEvents } from "../newEvents.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

eventLogConformance("embedded", () =>
  Layer.unwrap(
    Effect.map(temporaryDirectory, (directory) =>
      layerEmbedded({ file: join(directory, "in", "a directory yet to be made", "events.db") }),
    ),
  ),
)

describe("an embedded log", () => {
  const test = <E>(
    title: string,
    body: (file: string) => Effect.Effect<void, E, Scope.Scope>,
  ): void => {
    it(title, () =>
      Effect.runPromise(
        Effect.scoped(
          Effect.flatMap(temporaryDirectory, (directory) => body(join(directory, "events.db"))),
        ),
      ),
    )
  }
  const everything = EventLog.use((log) => log.readAll({ direction: "forwards", limit: 1_000 }))

  test("is the same after it was closed and opened again", (file) =>
    Effect.gen(function* () {
      const events = newEvents(5)
      const write = { stream: "s", expectedRevision: "no_stream", events } as const
      const appended = yield* EventLog.use((log) => log.append(write)).pipe(
        Effect.provide(layerEmbedded({ file })),
      )
      yield* Effect.gen(function* () {
        const log = yield* EventLog
        expect((yield* everything).map(asGiven)).toEqual(events.map(asGiven))
        expect(yield* log.append(write)).toEqual(appended)
        expect((yield* log.health).head).toBe(appended.position)
        const more = newEvents(2)
        yield* log.append({ stream: "s", expectedRevision: 4, events: more })
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: appended.position, batchSize: 10 }),
          caughtUp,
        )
        expect(idsOf(eventsOf(deliveries))).toEqual(idsOf(more))
      }).pipe(Effect.provide(layerEmbedded({ file })))
    }))

  test("counts positions from 1 without a hole, whatever was refused between", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [a, b] = [newEvents(2), newEvents(3)]
      expect(yield* log.health).toEqual({
        layer: "embedded",
        location: file,
        events: 0,
        head: beginning,
      })
      yield* log.appendMany([
        { stream: "s", expectedRevision: "no_stream", events: a },
        { stream: "s", expectedRevision: 9, events: newEvents(1) },
        { stream: "other", expectedRevision: "no_stream", events: [newEvent(), ...a] },
        { stream: "t", expectedRevision: "no_stream", events: b },
      ])
      expect((yield* everything).map((event) => event.position)).toEqual([
        "0000000000000001",
        "0000000000000002",
        "0000000000000003",
        "0000000000000004",
        "0000000000000005",
      ])
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  test("never has an id twice", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [a, b, c] = [newEvent(), newEvent(), newEvent()]
      yield* log.append({ stream: "s", expectedRevision: "no_stream", events: [a, b] })
      const results = yield* log.appendMany([
        { stream: "s", expectedRevision: 1, events: [c, a] },
        { stream: "other", expectedRevision: "no_stream", events: [b] },
        { stream: "other", expectedRevision: "no_stream", events: [c, newEvent(), c] },
        { stream: "other", expectedRevision: "no_stream", events: [c] },
      ])
      expect(results).toMatchObject([
        { stream: "s", expected: 1, actual: 1 },
        { stream: "other", expected: "no_stream", actual: "no_stream" },
        { stream: "other", expected: "no_stream", actual: "no_stream" },
        { revision: 0 },
      ])
      expect(results[0]).toBeInstanceOf(WrongExpectedRevision)
      expect(results[0]).toHaveProperty("message", expect.stringContaining("already"))
      expect(idsOf(yield* everything)).toEqual(idsOf([a, b, c]))
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  test("gives data that is not JSON as the text it is", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.append({ stream: "s", expectedRevision: "no_stream", events: newEvents(2) })
      const database = new Sqlite(file)
      database.prepare("UPDATE events SET data = '{cut off' WHERE position = 1").run()
      database.close()
      const [first, second] = yield* everything
      expect(first?.data).toBe("{cut off")
      expect(second?.data).toEqual({ n: 1 })
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  const followedFromAnother = (file: string) =>
    Effect.gen(function* () {
      const events = newEvents(3)
      const [writer, reader] = yield* Effect.all([
        Effect.map(Layer.build(layerEmbedded({ file })), (context) => context),
        Effect.map(Layer.build(layerEmbedded({ file })), (context) => context),
      ])
      const listener = yield* EventLog.use((log) =>
        listen(log.subscribe({ after: beginning, batchSize: 10 }), eventCount(3)),
      ).pipe(Effect.provide(reader))
      yield* listener.live
      yield* EventLog.use((log) =>
        log.append({ stream: "s", expectedRevision: "no_stream", events }),
      ).pipe(Effect.provide(writer))
      yield* Fiber.join(listener.fiber)
      expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
    })

  test("is followed from another connection of the same process", followedFromAnother)

  // Only Linux tells of every write at once.
  test("is followed without a timer where the system tells of writes", (file) =>
    process.platform === "linux"
      ? Effect.acquireUseRelease(
          Effect.sync(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })),
          () => followedFromAnother(file),
          () => Effect.sync(() => vi.useRealTimers()),
        )
      : Effect.void)

  test("delivers the position of its end once it has caught up, filtered or not", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const append = log.append({
        stream: "s",
        expectedRevision: "no_stream",
        events: newEvents(25),
      })
      const { position } = yield* append
      for (const types of [["credential.captured"], ["no.such.type"], undefined]) {
        const deliveries = yield* deliveriesUntil(
          log.subscribe({ after: beginning, batchSize: 5, ...(types && { types }) }),
          caughtUp,
        )
        expect(deliveries.at(-1)?.position).toBe(position)
        expect(deliveries).toHaveLength(types?.[0] === "no.such.type" ? 1 : 5)
      }
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  test("refuses a subscriber who is ahead of it", (file) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const { position } = yield* log.append({
        stream: "s",
        expectedRevision: "no_stream",
        events: newEvents(2),
      })
      const error = yield* Effect.gen(function* () {
        const younger = yield* EventLog
        return yield* Effect.flip(
          deliveriesUntil(younger.subscribe({ after: position, batchSize: 1 }), caughtUp),
        )
      }).pipe(Effect.provide(layerEmbedded({ file: `${file}.younger` })))
      expect(error).toMatchObject({ _tag: "EventLogUnavailable", kind: "foreign-position" })
      expect(error.message).toContain(position)
    }).pipe(Effect.provide(layerEmbedded({ file }))))

  test("does not let a subscriber wait for ever when it is closed", (file) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const context = yield* Scope.provide(Layer.build(layerEmbedded({ file })), scope)
      const listener = yield* EventLog.use((log) =>
        listen(log.subscribe({ after: beginning, batchSize: 10 }), () => false),
      ).pipe(Effect.provide(context))
      yield* listener.live
      yield* Scope.close(scope, Exit.void)
      const exit = yield* Fiber.await(listener.fiber)
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    }))
})
