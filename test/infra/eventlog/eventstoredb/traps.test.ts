import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
import { EventLog, type EventLogUnavailable } from "../../../../src/infra/eventlog/EventLog.ts"
import type { AppendFault } from "../../../support/eventstoredb/Faults.ts"
import type { ServerSettings } from "../../../support/eventstoredb/ServerSettings.ts"
import type { TestServer } from "../../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../../support/eventually.ts"
import type { Log } from "../conformance/ConformanceTest.ts"
import { caughtUp, deliveriesUntil, eventCount, eventsOf, listen } from "../deliveries.ts"
import { idsOf, newEvent, newEvents, newStream, newType } from "../newEvents.ts"
import { layerAt, layerOn } from "./layerOn.ts"
import { testServer } from "./testServer.ts"

type Body = (log: Log, server: TestServer) => Effect.Effect<void, unknown, Scope>

/** A test of the layer on a double that it has for itself. */
const trap = (title: string, settings: Partial<ServerSettings>, body: Body): void =>
  it(title, () => runOnDouble(settings, body))

/** A test that counts calls: with a long deadline, since a slow machine must not add any. */
const countingTrap = (title: string, settings: Partial<ServerSettings>, body: Body): void =>
  it(title, () => runOnDouble(settings, body, 30_000))

const runOnDouble = (settings: Partial<ServerSettings>, body: Body, deadline?: number) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const server = yield* testServer(settings)
      yield* EventLog.use((log) => Effect.scoped(body(log, server))).pipe(
        Effect.provide(layerOn(server, deadline === undefined ? {} : { deadline })),
      )
    }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))),
  )

/** Appends to a new stream while something goes wrong, and expects it to be written once. */
const appendsOnce = Effect.fnUntraced(function* (log: Log, server: TestServer) {
  const stream = newStream()
  const events = newEvents(3)
  const appended = yield* log.append({ stream, expectedRevision: "no_stream", events })
  expect(appended.revision).toBe(2)
  expect(server.log.stream(stream)?.records.map(({ id }) => id)).toEqual(idsOf(events))
})

const isSo = (so: () => boolean): Effect.Effect<void> => eventually(Effect.sync(so))

describe("an append on EventStoreDB is done once, and its caller is told", () => {
  const faults: ReadonlyArray<readonly [string, AppendFault]> = [
    ["the connection breaks before the write", { kind: "drop", when: "before" }],
    ["the connection breaks between the write and its answer", { kind: "drop", when: "after" }],
    ["the server never answers, and has not written", { kind: "silence", when: "before" }],
    ["the server never answers, but has written", { kind: "silence", when: "after" }],
    ["the stream of appends ends as if all were well", { kind: "end", when: "before" }],
    ["the stream of appends ends after the write", { kind: "end", when: "after" }],
    ["the answer comes late", { kind: "late", millis: 1_500 }],
    [
      "the commit takes too long",
      { kind: "refuse", with: { kind: "timeout", of: "commit" }, when: "after" },
    ],
    ["the server is too busy", { kind: "refuse", with: { kind: "too-busy" } }],
    ["the server is not ready", { kind: "refuse", with: { kind: "not-ready" } }],
    ["there is no leader", { kind: "refuse", with: { kind: "no-leader" } }],
    ["the stream of appends breaks with an error", { kind: "refuse", with: { kind: "internal" } }],
    ["the answer names an error that the client does not know", { kind: "unknown-error" }],
    ["the answer has no details, which the client cannot stand", { kind: "no-details" }],
    ["the answer is to a question that nobody asked", { kind: "strange-answer" }],
  ]
  for (const [title, fault] of faults) {
    trap(`where ${title}`, {}, (log, server) =>
      Effect.gen(function* () {
        yield* appendsOnce(log, server)
        server.faults.order("append", fault)
        yield* appendsOnce(log, server)
        expect(server.faults.left("append")).toBe(0)
        yield* appendsOnce(log, server)
      }),
    )
  }

  trap(
    "where asking for the server's features fails, which the client would keep",
    {},
    (log, server) =>
      Effect.gen(function* () {
        server.faults.order("features", { kind: "refuse", with: { kind: "internal" } }, 2)
        yield* appendsOnce(log, server)
        server.cut()
        server.faults.order("features", { kind: "silence" })
        yield* appendsOnce(log, server)
      }),
  )

  trap(
    "where a node that does not lead is asked, and where its leader dies then",
    { nodes: 2 },
    (_, server) =>
      Effect.gen(function* () {
        const endpoint = server.nodes[1]?.link.endpoint
        yield* EventLog.use((log) =>
          Effect.gen(function* () {
            const leader = server.nodes[0]?.link.endpoint
            if (leader === undefined) throw new Error("there are two nodes")
            server.faults.order("append", { kind: "refuse", with: { kind: "not-leader", leader } })
            yield* appendsOnce(log, server)
            yield* Effect.promise(() => server.nodes[0]?.down() ?? Promise.resolve())
            server.lead(1)
            yield* appendsOnce(log, server)
          }),
        ).pipe(Effect.provide(layerAt(`esdb://${endpoint?.host}:${endpoint?.port}?tls=false`)))
      }),
  )

  trap("through an election", { nodes: 3 }, (log, server) =>
    Effect.gen(function* () {
      yield* appendsOnce(log, server)
      server.loseLeader()
      const append = yield* Effect.forkScoped(appendsOnce(log, server))
      yield* isSo(() => server.traffic.appends > 1 || server.traffic.calls("gossip") > 3)
      server.lead(2)
      yield* Fiber.join(append)
    }),
  )

  trap(
    "through an election that takes longer than the client looks for a leader, which it would keep",
    { nodes: 3 },
    (_, server) =>
      EventLog.use((log) =>
        Effect.gen(function* () {
          yield* appendsOnce(log, server)
          server.loseLeader()
          server.cut()
          const asked = server.traffic.calls("gossip")
          const append = yield* Effect.forkScoped(appendsOnce(log, server))
          yield* isSo(() => server.traffic.calls("gossip") > asked + 2 * server.nodes.length)
          server.lead(1)
          yield* Fiber.join(append)
        }),
      ).pipe(
        Effect.provide(
          layerAt(`${server.connectionString}&maxDiscoverAttempts=1&discoveryInterval=1`),
        ),
      ),
  )

  for (const refusal of ["unauthenticated", "no-leader"] as const) {
    trap(
      `where asking for the server's features was refused once, which the client would keep: ${refusal}`,
      {},
      (log, server) =>
        Effect.gen(function* () {
          const order = server.faults.order("features", {
            kind: "refuse",
            with: { kind: refusal },
          })
          const write = {
            stream: newStream(),
            expectedRevision: "no_stream",
            events: newEvents(1),
          } as const
          yield* Effect.exit(log.append(write))
          expect(order.hits).toBe(1)
          expect((yield* log.append(write)).revision).toBe(0)
        }),
    )
  }

  trap("where the leader that wrote it is gone before it answers", {}, (log, server) =>
    Effect.gen(function* () {
      yield* appendsOnce(log, server)
      const written = server.log.records.length
      server.faults.order("append", { kind: "silence", when: "after" })
      const append = yield* Effect.forkScoped(appendsOnce(log, server))
      yield* isSo(() => server.log.records.length > written)
      server.lead(0) // what the old leader remembered of ids is gone with it
      yield* Fiber.join(append)
    }),
  )

  trap("where the link is silent for a while, though it looks open", {}, (log, server) =>
    Effect.gen(function* () {
      yield* appendsOnce(log, server)
      server.freeze()
      const append = yield* Effect.forkScoped(appendsOnce(log, server))
      yield* isSo(() => server.connections > 1)
      server.thaw()
      yield* Fiber.join(append)
    }),
  )

  trap("where the connection of another client in the same process breaks", {}, (log, server) =>
    Effect.gen(function* () {
      yield* appendsOnce(log, server)
      const other = yield* testServer()
      yield* Effect.gen(function* () {
        const elsewhere = yield* EventLog
        yield* appendsOnce(elsewhere, other)
        server.faults.order("append", { kind: "late", millis: 200 })
        const append = yield* Effect.forkScoped(appendsOnce(log, server))
        yield* isSo(() => server.traffic.appends === 2)
        other.cut()
        yield* appendsOnce(elsewhere, other)
        yield* Fiber.join(append)
        yield* appendsOnce(log, server)
      }).pipe(Effect.provide(layerOn(other)))
    }),
  )

  trap(
    "where the connection is given up while more waits for it than it takes",
    {},
    (log, server) =>
      Effect.gen(function* () {
        yield* appendsOnce(log, server)
        server.freeze()
        const writes = Array.from({ length: 60 }, () => ({
          stream: newStream(),
          expectedRevision: "no_stream" as const,
          events: [newEvent({ data: "x".repeat(100_000) })],
        }))
        const append = yield* Effect.forkScoped(log.appendMany(writes))
        yield* isSo(() => server.connections > 1)
        server.thaw()
        const results = yield* Fiber.join(append)
        expect(results.map((result) => "revision" in result && result.revision)).toEqual(
          writes.map(() => 0),
        )
        for (const { stream, events } of writes) {
          expect(server.log.stream(stream)?.records.map(({ id }) => id)).toEqual(idsOf(events))
        }
      }),
  )

  trap("in the order it was asked for, also on a connection that is new", {}, (log, server) =>
    Effect.gen(function* () {
      const stream = newStream()
      const events = newEvents(8)
      const writes = events.map((event, n) => ({
        stream,
        expectedRevision: n === 0 ? ("no_stream" as const) : n - 1,
        events: [event],
      }))
      const results = yield* log.appendMany(writes)
      expect(results.map((result) => "revision" in result && result.revision)).toEqual([
        0, 1, 2, 3, 4, 5, 6, 7,
      ])
      expect(server.log.stream(stream)?.records.map(({ id }) => id)).toEqual(idsOf(events))
    }),
  )
})

describe("an append on EventStoreDB that cannot be done", () => {
  const circular: Array<unknown> = []
  circular.push(circular)
  for (const [what, data] of [
    ["a number that JSON has not", 1n],
    ["data that contains itself", circular],
    ["no data", undefined],
  ] as const) {
    trap(`fails at once for ${what}, and the log works on`, {}, (log, server) =>
      Effect.gen(function* () {
        const events = [newEvent({ data: { data } }), newEvent({ data })]
        const exits = yield* Effect.forEach(events, (event) =>
          Effect.exit(
            log.append({ stream: newStream(), expectedRevision: "no_stream", events: [event] }),
          ),
        )
        expect(exits.some(Exit.isFailure)).toBe(true)
        yield* appendsOnce(log, server)
      }),
    )
  }

  trap(
    "names an event that alone is too large, and writes nothing",
    { maxAppendSize: 50_000 },
    (log, server) =>
      Effect.gen(function* () {
        const large = newEvent({ data: "x".repeat(60_000) })
        const stream = newStream()
        const error = yield* Effect.flip(
          log.append({ stream, expectedRevision: "no_stream", events: [newEvent(), large] }),
        )
        expect(error.message).toContain(large.id)
        expect(server.log.stream(stream)).toBeUndefined()
        yield* appendsOnce(log, server)
      }),
  )

  trap(
    "is cut where it is larger than the server takes, and a repeat finds it done",
    { maxAppendSize: 50_000 },
    (log, server) =>
      Effect.gen(function* () {
        const stream = newStream()
        const events = Array.from({ length: 60 }, () => newEvent({ data: "x".repeat(4_000) }))
        const write = { stream, expectedRevision: "no_stream", events } as const
        server.faults.order("append", { kind: "drop", when: "after" })
        const appended = yield* log.append(write)
        expect(appended.revision).toBe(59)
        expect(yield* log.append(write)).toEqual(appended)
        expect(server.log.stream(stream)?.records.map(({ id }) => id)).toEqual(idsOf(events))
      }),
  )

  countingTrap(
    "is cut at once where the server has said what it takes",
    { maxAppendSize: 50_000 },
    (log, server) =>
      Effect.gen(function* () {
        const append = () =>
          log.append({
            stream: newStream(),
            expectedRevision: "no_stream",
            events: Array.from({ length: 60 }, () => newEvent({ data: "x".repeat(4_000) })),
          })
        yield* append()
        const refusedFirst = server.traffic.appends
        yield* append()
        expect(server.traffic.appends - refusedFirst).toBe(refusedFirst - 1)
      }),
  )

  countingTrap(
    "comes to an end where a server refuses less than it says it takes",
    {},
    (log, server) =>
      Effect.gen(function* () {
        const limit = 1024 * 1024
        server.faults.order(
          "append",
          { kind: "refuse", with: { kind: "append-too-large", limit } },
          50,
        )
        const error = yield* Effect.flip(
          log.append({ stream: newStream(), expectedRevision: "no_stream", events: newEvents(9) }),
        )
        expect(error).toMatchObject({ kind: "event-too-large" })
        expect(server.traffic.appends).toBeLessThanOrEqual(9)
      }),
  )

  countingTrap(
    "says which stream has been deleted for ever, without trying again",
    {},
    (log, server) =>
      Effect.gen(function* () {
        const stream = newStream()
        server.log.delete(stream, "tombstone")
        const error = yield* Effect.flip(
          log.append({ stream, expectedRevision: "no_stream", events: newEvents(1) }),
        )
        expect(error._tag).toBe("EventLogUnavailable")
        expect(server.traffic.appends).toBeLessThan(3)
      }),
  )
})

describe("a subscription on EventStoreDB", () => {
  /** Follows from the beginning while events come and something goes wrong in between. */
  const goesOn = Effect.fnUntraced(function* (
    log: Log,
    goWrong: () => void,
  ): Effect.fn.Return<void, unknown, Scope> {
    const type = newType()
    const events = newEvents(90, type)
    const stream = newStream()
    yield* log.append({ stream, expectedRevision: "no_stream", events: events.slice(0, 40) })
    const listener = yield* listen(
      log.subscribe({ after: beginning, types: [type], batchSize: 9 }),
      eventCount(90),
    )
    yield* listener.live
    goWrong()
    yield* log.append({ stream, expectedRevision: 39, events: events.slice(40, 60) })
    goWrong()
    yield* log.append({ stream, expectedRevision: 59, events: events.slice(60) })
    yield* Fiber.join(listener.fiber)
    expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
  })

  for (const how of [
    "end",
    "silence",
    { kind: "unavailable" },
    { kind: "cancelled" },
    { kind: "timeout", of: "Consumer too slow" },
    { kind: "no-leader" },
    { kind: "internal" },
  ] as const) {
    const name = typeof how === "string" ? how : how.kind
    trap(`goes on where the server ends it with: ${name}`, {}, (log, server) =>
      goesOn(log, () => server.endSubscriptions(how)),
    )
  }

  trap("goes on where connections break and new subscriptions are refused", {}, (log, server) =>
    goesOn(log, () => {
      server.faults.order("subscribe", { kind: "refuse", with: { kind: "not-ready" } })
      server.faults.order("subscribe", { kind: "end" })
      server.faults.order("subscribe", { kind: "drop" })
      server.cut()
    }),
  )

  trap("goes on where the connection is silent", {}, (log, server) =>
    goesOn(log, () => {
      server.freeze()
      setTimeout(() => server.thaw(), 700)
    }),
  )

  trap(
    "does not bring the process down where it breaks while the leader is looked for in vain",
    { nodes: 3 },
    (_, server) =>
      EventLog.use((log) =>
        Effect.gen(function* () {
          const type = newType()
          const listener = yield* listen(
            log.subscribe({ after: beginning, types: [type], batchSize: 9 }),
            eventCount(3),
          )
          yield* listener.live
          // The client looks for the leader, and has left the connection to what is open on it.
          const refused = server.faults.order("read", {
            kind: "refuse",
            with: { kind: "unavailable" },
          })
          server.faults.order("gossip", { kind: "late", millis: 100 }, 3)
          const asked = server.traffic.calls("gossip")
          const reading = yield* Effect.forkScoped(
            log.readStream(newStream(), { direction: "forwards", limit: 1 }),
          )
          yield* isSo(() => refused.hits > 0)
          server.loseLeader()
          yield* isSo(() => server.traffic.calls("gossip") > asked)
          server.endSubscriptions({ kind: "unavailable" })
          yield* isSo(() => server.traffic.calls("gossip") > asked + 6)
          server.lead(1)
          yield* Fiber.join(reading)
          const events = newEvents(3, type)
          yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
          yield* Fiber.join(listener.fiber)
          expect(idsOf(eventsOf(listener.received))).toEqual(idsOf(events))
        }),
      ).pipe(
        Effect.scoped,
        Effect.provide(
          layerAt(`${server.connectionString}&maxDiscoverAttempts=1&discoveryInterval=1`),
        ),
      ),
  )

  trap("goes on over a restart of the node", {}, (log, server) =>
    goesOn(log, () => {
      void server.down().then(() => server.up())
    }),
  )

  trap(
    "gives everything to a consumer that the server drops as too slow",
    { version: "23.10" },
    (log, server) =>
      Effect.gen(function* () {
        const type = newType()
        const stream = newStream()
        const received: Array<string> = []
        let live = false
        const consumer = yield* log
          .subscribe({ after: beginning, types: [type], batchSize: 10 })
          .pipe(
            Stream.tap(({ caughtUp: now }) =>
              Effect.sync(() => {
                if (now) live = true
              }),
            ),
            Stream.takeUntil(({ events }) => {
              received.push(...idsOf(events))
              return received.length === 2_000
            }),
            Stream.tap(() => Effect.yieldNow),
            Stream.runDrain,
            Effect.forkScoped,
          )
        yield* isSo(() => live)
        const ids: Array<string> = []
        for (let n = 0; n < 2_000; n += 200) {
          const events = Array.from({ length: 200 }, () =>
            newEvent({ type, data: "x".repeat(3_000) }),
          )
          ids.push(...idsOf(events))
          yield* log.append({ stream, expectedRevision: n === 0 ? "no_stream" : n - 1, events })
        }
        yield* Fiber.join(consumer)
        expect(received).toEqual(ids)
        expect(server.traffic.calls("subscription")).toBeGreaterThan(0)
      }),
  )

  for (const early of [false, true]) {
    trap(
      `never gives a position ahead of an event that is still to come${early ? ", though the server does" : ""}`,
      {},
      (log, server) =>
        Effect.gen(function* () {
          server.faults.earlyCheckpoints = early
          const [wanted, other] = [newType(), newType()]
          const events = Array.from({ length: 400 }, (_, n) =>
            newEvent({ type: n % 50 === 49 ? wanted : other }),
          )
          yield* log.append({ stream: newStream(), expectedRevision: "no_stream", events })
          const ids = idsOf(events.filter(({ type }) => type === wanted))
          const deliveries = yield* deliveriesUntil(
            log
              .subscribe({ after: beginning, types: [wanted], batchSize: 2 })
              .pipe(Stream.tap(() => Effect.yieldNow)),
            caughtUp,
          )
          expect(idsOf(eventsOf(deliveries))).toEqual(ids)
          let got = 0
          for (const { events: part, position } of deliveries) {
            got += part.length
            const rest = yield* deliveriesUntil(
              log.subscribe({ after: position, types: [wanted], batchSize: 100 }),
              caughtUp,
            )
            expect(idsOf(eventsOf(rest))).toEqual(ids.slice(got))
          }
        }),
    )
  }

  trap("takes no more from the server than its consumer takes", {}, (log, server) =>
    Effect.gen(function* () {
      const stream = newStream()
      for (let n = 0; n < 4_000; n += 200) {
        const events = Array.from({ length: 200 }, () => newEvent({ data: "x".repeat(4_000) }))
        yield* log.append({ stream, expectedRevision: n === 0 ? "no_stream" : n - 1, events })
      }
      const before = server.traffic.eventsSent
      let taken = 0
      const consumer = yield* log.subscribe({ after: beginning, batchSize: 10 }).pipe(
        Stream.tap(() => {
          taken++
          return Effect.never
        }),
        Stream.runDrain,
        Effect.forkScoped,
      )
      yield* isSo(() => taken === 1)
      // Another reader gets all of it in the meantime, so there was time enough.
      const read = yield* log.readStream(stream, { direction: "forwards", limit: 4_000 })
      expect(read).toHaveLength(4_000)
      expect(server.traffic.eventsSent - before - 4_000).toBeLessThan(2_000)
      yield* Fiber.interrupt(consumer)
    }),
  )
})

describe("EventStoreDB behind the layer", () => {
  trap("has no call left open after reads, subscriptions and mishaps are over", {}, (log, server) =>
    Effect.gen(function* () {
      const stream = newStream()
      yield* log.append({ stream, expectedRevision: "no_stream", events: newEvents(500) })
      for (let n = 0; n < 20; n++) {
        yield* log.readStream(stream, { direction: "backwards", limit: 1 })
        yield* log.readAll({ direction: "forwards", limit: 1 })
        yield* log.known(idsOf(newEvents(1)))
        yield* deliveriesUntil(log.subscribe({ after: beginning, batchSize: 3 }), eventCount(1))
      }
      const all = yield* Effect.forEach(
        Array.from({ length: 150 }),
        () => log.readStream(stream, { direction: "forwards", limit: 2 }),
        { concurrency: "unbounded" },
      )
      expect(all.every((events) => events.length === 2)).toBe(true)
      server.faults.order("read", { kind: "silence" })
      const impatient = yield* Effect.forkScoped(
        log.readStream(stream, { direction: "forwards", limit: 2 }),
      )
      yield* isSo(() => server.traffic.open("read") > 0)
      yield* Fiber.interrupt(impatient)
      yield* isSo(() => server.traffic.open("read") === 0)
      const faults: ReadonlyArray<AppendFault> = [
        { kind: "silence", when: "before" },
        { kind: "end", when: "after" },
        { kind: "drop", when: "after" },
      ]
      for (const fault of faults) {
        server.faults.order("append", fault)
        yield* appendsOnce(log, server)
      }
      yield* isSo(
        () =>
          server.traffic.open("read") === 0 &&
          server.traffic.open("subscription") === 0 &&
          server.traffic.open("batch") <= 1 &&
          server.traffic.open("append") <= 1 &&
          server.connections <= 2,
      )
    }),
  )

  trap(
    "has no append left open that was never answered, where each append is a call",
    { version: "22.10", batchAppend: false },
    (log, server) =>
      Effect.gen(function* () {
        for (let n = 0; n < 3; n++) {
          server.faults.order("append", { kind: "silence", when: "after" })
          yield* appendsOnce(log, server)
        }
        yield* isSo(() => server.traffic.open("append") === 0 && server.connections <= 2)
      }),
  )

  trap(
    "has no question for the server's features left open that was never answered",
    {},
    (_, server) =>
      EventLog.use((log) =>
        Effect.gen(function* () {
          const order = server.faults.order("features", { kind: "silence" }, 3)
          yield* appendsOnce(log, server)
          expect(order.hits).toBe(3)
          yield* isSo(() => server.traffic.open("features") === 0 && server.connections <= 2)
        }),
      ).pipe(
        // The connection itself is alive, and is not asked whether it is.
        Effect.provide(
          layerAt(`${server.connectionString}&defaultDeadline=500&keepAliveInterval=600000`),
        ),
      ),
  )

  trap("gives a reader everything also where another call fails meanwhile", {}, (log, server) =>
    Effect.gen(function* () {
      const stream = newStream()
      yield* log.append({ stream, expectedRevision: "no_stream", events: newEvents(9) })
      const read = log.readStream(stream, { direction: "forwards", limit: 20 })
      server.faults.order("read", { kind: "late", millis: 200 })
      const slow = yield* Effect.forkScoped(read)
      yield* isSo(() => server.traffic.open("read") === 1)
      server.faults.order("read", { kind: "refuse", with: { kind: "internal" } })
      expect(yield* read).toHaveLength(9)
      expect(yield* Fiber.join(slow)).toHaveLength(9)
    }),
  )

  it("is left alone when the layer is gone", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const server = yield* testServer()
        yield* EventLog.use((log) => appendsOnce(log, server)).pipe(Effect.provide(layerOn(server)))
        yield* isSo(() => server.connections === 0 && server.traffic.open("batch") === 0)
      }).pipe(Effect.scoped),
    ))

  trap("may hold what other programs wrote, and hide what was deleted", {}, (log, server) =>
    Effect.gen(function* () {
      const [type, stream] = [newType(), newStream()]
      const id = newEvent().id
      const foreign = {
        id,
        type,
        contentType: "application/json",
        data: Buffer.from("{broken"),
        metadata: Buffer.from("\u0001"),
      }
      server.log.append(stream, "no_stream", [
        foreign,
        {
          ...foreign,
          id: newEvent().id,
          contentType: "application/octet-stream",
          data: Buffer.of(0, 255),
        },
      ])
      const read = yield* log.readStream(stream, { direction: "forwards", limit: 10 })
      expect(read.map((event) => event.revision)).toEqual([0, 1])
      expect(yield* log.readAll({ direction: "forwards", limit: 10, types: [type] })).toHaveLength(
        2,
      )
      server.log.delete(stream, "soft")
      expect(yield* log.readStream(stream, { direction: "forwards", limit: 10 })).toEqual([])
    }),
  )

  it("denies access with an error that says what to do and tells no secret", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const server = yield* testServer({
          tls: true,
          users: [{ name: "somebody", password: "hunter2-right", admin: false }],
        })
        for (const who of ["somebody:hunter2-wrong", "somebody:hunter2-right"]) {
          const failure: EventLogUnavailable = yield* EventLog.use((log) =>
            log.readAll({ direction: "forwards", limit: 1 }),
          ).pipe(Effect.provide(layerOn(server, { user: who })), Effect.flip)
          expect(failure.kind).toBe("access-denied")
          expect(JSON.stringify(failure) + failure.message).not.toContain("hunter2")
        }
      }).pipe(Effect.scoped, Effect.provide(Logger.layer([]))),
    ))
})
