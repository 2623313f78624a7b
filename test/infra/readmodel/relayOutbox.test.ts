import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect } from "vitest"
import { schemaVersion } from "../../../src/domain/event/events.ts"
import { factEventId } from "../../../src/domain/event/ids.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { RelayDiverged, relayOutbox } from "../../../src/infra/readmodel/relayOutbox.ts"
import type { Announcement } from "../../../src/projections/outbox.ts"
import { newEvent, newEvents } from "../eventlog/newEvents.ts"
import {
  enqueue,
  expectRelayed,
  ids,
  idsIn,
  idsInLog,
  observed,
  version,
  versions,
  waiting,
} from "./announcements.ts"
import { stores } from "./storeLayers.ts"
import { storesTest } from "./storesTest.ts"

/** Runs an effect on a log that is as it is but for how it appends many. */
const withAppendMany =
  (change: (log: EventLog["Service"]) => Partial<EventLog["Service"]>) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R | EventLog> =>
    EventLog.use((log) =>
      Effect.provideService(effect, EventLog, EventLog.of({ ...log, ...change(log) })),
    )

const crash = new Error("the power went out")

const crashingAfterAppend = withAppendMany((log) => ({
  appendMany: (writes) => Effect.andThen(log.appendMany(writes), Effect.die(crash)),
}))

// Two fibers of one process take turns only where they yield.
const yielding = withAppendMany((log) => ({
  appendMany: (writes) =>
    Effect.yieldNow.pipe(
      Effect.andThen(log.appendMany(writes)),
      Effect.tap(() => Effect.yieldNow),
    ),
  append: (write) =>
    Effect.yieldNow.pipe(
      Effect.andThen(log.append(write)),
      Effect.tap(() => Effect.yieldNow),
    ),
}))

describe("relayOutbox", () => {
  storesTest("does nothing where nothing waits", () =>
    Effect.gen(function* () {
      expect(yield* relayOutbox).toBe(0)
      expect(yield* idsInLog).toEqual([])
    }),
  )

  storesTest("appends what waits as it is, and clears it", () =>
    Effect.gen(function* () {
      const [first, second] = versions("a", 1, 2)
      if (first === undefined || second === undefined) throw new Error("two were asked for")
      const seen = observed("192.0.2.8")
      yield* enqueue([first, seen, second])
      expect(yield* relayOutbox).toBe(3)
      yield* expectRelayed([first, seen, second])
      const log = yield* EventLog
      expect(
        yield* log.readStream(first.stream, { direction: "forwards", limit: 10 }),
      ).toMatchObject(
        [first, second].map(({ id, type, data, causedBy }) => ({
          id,
          type,
          data,
          metadata: { schemaVersion, $causationId: causedBy, $correlationId: causedBy },
        })),
      )
    }),
  )

  storesTest("appends thousands of rows, in order within each stream", () =>
    Effect.gen(function* () {
      const rows: Array<Announcement> = []
      for (let n = 1; n <= 9; n++) {
        for (let finding = 0; finding < 500; finding++) rows.push(version(`f${finding}`, n))
      }
      rows.push(...versions("long", 1, 2500))
      yield* enqueue(rows)
      expect(yield* relayOutbox).toBe(7000)
      yield* expectRelayed(rows)
    }),
  )

  storesTest("goes on with the next version where the one before was relayed long ago", () =>
    Effect.gen(function* () {
      yield* enqueue(versions("a", 1, 3))
      yield* relayOutbox
      yield* enqueue(versions("a", 4, 5))
      expect(yield* relayOutbox).toBe(2)
      yield* expectRelayed(versions("a", 1, 5))
    }),
  )

  storesTest("writes nothing twice after a crash between appending and clearing", () =>
    Effect.gen(function* () {
      const rows = [...versions("a", 1, 3), observed("192.0.2.8"), ...versions("b", 1, 1)]
      yield* enqueue(rows)
      const crashed = yield* Effect.exit(crashingAfterAppend(relayOutbox))
      expect(Exit.isFailure(crashed)).toBe(true)
      expect(yield* waiting).toEqual(ids(rows))
      expect(yield* idsInLog).toHaveLength(rows.length)
      // More has come to wait in the meantime, in the same streams too.
      const more = versions("a", 4, 5)
      yield* enqueue(more)
      expect(yield* relayOutbox).toBe(rows.length + more.length)
      yield* expectRelayed([...rows, ...more])
    }),
  )

  storesTest("appends the rest where a stream holds some of the rows", () =>
    Effect.gen(function* () {
      const rows = versions("a", 1, 6)
      yield* enqueue(rows.slice(0, 2))
      yield* relayOutbox
      yield* enqueue(rows)
      yield* relayOutbox
      yield* expectRelayed(rows)
    }),
  )

  storesTest("clears rows where another relay has come further already", () =>
    Effect.gen(function* () {
      const rows = versions("a", 1, 2000)
      yield* enqueue(rows)
      yield* relayOutbox
      yield* enqueue(rows.slice(0, 1500))
      yield* relayOutbox
      yield* expectRelayed(rows)
    }),
  )

  storesTest("puts a row that has no place of its own behind what its stream holds", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [first, second] = [observed("192.0.2.8"), observed("192.0.2.9")]
      const earlier = newEvents(1, "attacker.identified")
      yield* log.append({ stream: first.stream, expectedRevision: "no_stream", events: earlier })
      yield* enqueue([first, second])
      yield* relayOutbox
      const inFirst = [...earlier.map(({ id }) => id), first.id]
      expect(yield* idsIn(first.stream)).toEqual(inFirst)
      expect(yield* idsIn(second.stream)).toEqual([second.id])
      // Once more, with something behind it by now.
      const later = newEvents(1, "attacker.identified")
      yield* log.append({ stream: first.stream, expectedRevision: 1, events: later })
      yield* enqueue([first, second])
      yield* relayOutbox
      expect(yield* idsIn(first.stream)).toEqual([...inFirst, ...later.map(({ id }) => id)])
      expect(yield* waiting).toEqual([])
    }),
  )

  storesTest("appends once what two relays of one process take turns in", (data) =>
    Effect.gen(function* () {
      const rows = [...versions("a", 1, 1500), observed("192.0.2.8"), ...versions("b", 1, 1500)]
      yield* enqueue(rows)
      yield* Effect.all(
        [yielding(relayOutbox), Effect.provide(yielding(relayOutbox), stores(data))],
        { concurrency: "unbounded" },
      )
      yield* expectRelayed(rows)
    }),
  )

  describe("where a stream says something else", () => {
    const expectDiverged = Effect.fnUntraced(function* (row: Announcement) {
      const failure = yield* Effect.flip(relayOutbox)
      expect(failure).toBeInstanceOf(RelayDiverged)
      expect(failure).toMatchObject({ stream: row.stream, eventId: row.id })
    })

    storesTest("keeps the rows of that stream and relays all others", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const rows = versions("a", 1, 3)
        const [first, second] = rows
        if (first === undefined || second === undefined) throw new Error("three were asked for")
        yield* enqueue([first])
        yield* relayOutbox
        const foreign = newEvents(1)
        yield* log.append({ stream: first.stream, expectedRevision: 0, events: foreign })
        const others = [observed("192.0.2.8"), ...versions("b", 1, 1500)]
        yield* enqueue([...rows, ...others, version("a", 4)])
        yield* expectDiverged(second)
        expect(yield* idsIn(first.stream)).toEqual([first.id, ...foreign.map(({ id }) => id)])
        expect(yield* idsIn(`attacker-192.0.2.8`)).toHaveLength(1)
        expect(yield* idsIn(version("b", 1).stream)).toEqual(ids(versions("b", 1, 1500)))
        expect(yield* waiting).toEqual(ids(versions("a", 1, 4)))
        yield* expectDiverged(second)
      }),
    )

    storesTest("fails where the stream is not yet where the rows begin", () =>
      Effect.gen(function* () {
        yield* enqueue(versions("a", 1, 1))
        yield* relayOutbox
        const rows = versions("a", 5, 6)
        yield* enqueue(rows)
        yield* expectDiverged(version("a", 5))
        expect(yield* waiting).toEqual(ids(rows))
        expect(yield* idsInLog).toHaveLength(1)
      }),
    )

    storesTest("fails where the event stands in another stream", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const row = version("a", 1)
        const elsewhere = { ...newEvent(), id: factEventId("", "") }
        const taken = { ...row, id: elsewhere.id }
        yield* log.append({
          stream: "reuse-elsewhere",
          expectedRevision: "no_stream",
          events: [elsewhere],
        })
        yield* enqueue([taken])
        yield* expectDiverged(taken)
        expect(yield* waiting).toEqual([taken.id])
      }),
    )
  })
})
