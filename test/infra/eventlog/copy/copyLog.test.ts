import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import type { NewEvent, RecordedEvent } from "../../../../src/domain/event/events.ts"
import { beginning } from "../../../../src/domain/event/position.ts"
import { type CopyProgress, copyLog } from "../../../../src/infra/eventlog/copy/copyLog.ts"
import { firstRecordedAt } from "../../../../src/infra/eventlog/copy/recordedTime.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { newEvents, newType } from "../newEvents.ts"

type Log = EventLog["Service"]

const newLog = Effect.map(Layer.build(layerMemory), (context) => Context.get(context, EventLog))

const progress = (): CopyProgress => ({ phase: "comparing", total: 0, done: 0 })

const append = (log: Log, stream: string, events: ReadonlyArray<NewEvent>, revision = -1) =>
  log.append({ stream, expectedRevision: revision < 0 ? "no_stream" : revision, events })

/** Streams whose events alternate, more than a page of them. */
const interleaved = Effect.fnUntraced(function* (log: Log) {
  yield* append(log, "capture-a", newEvents(700))
  yield* append(log, "capture-b", newEvents(1))
  yield* append(log, "capture-a", newEvents(900), 699)
  yield* append(log, "capture-b", newEvents(2), 0)
})

const all = (log: Log) => log.readAll({ direction: "forwards", from: beginning, limit: 1_000_000 })

const said = ({ stream, revision, id, type, data }: RecordedEvent) => ({
  stream,
  revision,
  id,
  type,
  data,
})

const test = (title: string, body: (from: Log, to: Log) => Effect.Effect<void, unknown>): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          yield* body(yield* newLog, yield* newLog)
        }),
      ),
    ),
  )
}

describe("a copy of a log", () => {
  test("has every event, in the same order, with stream, revision and id", (from, to) =>
    Effect.gen(function* () {
      yield* interleaved(from)
      const copied = yield* copyLog(from, to, progress())
      expect(copied).toMatchObject({ events: 1603, copied: 1603 })
      expect((yield* all(to)).map(said)).toEqual((yield* all(from)).map(said))
    }))

  test("keeps in the metadata when each event was first recorded, also when copied again", (from, to) =>
    Effect.gen(function* () {
      const again = yield* newLogOutside
      yield* append(from, "capture-a", newEvents(2))
      const first = yield* copyLog(from, to, progress())
      const second = yield* copyLog(to, again, progress())
      const times = (yield* all(from)).map(firstRecordedAt)
      expect((yield* all(again)).map(({ metadata }) => metadata)).toEqual(
        times.map((recordedAt) => ({ schemaVersion: 1, recordedAt })),
      )
      expect(second.digest).toBe(first.digest)
    }))

  test("goes on where an earlier one ended, in the middle of a stream too", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(10))
      yield* copyLog(from, to, progress())
      yield* append(from, "capture-a", newEvents(5), 9)
      yield* append(from, "capture-b", newEvents(1))
      expect(yield* copyLog(from, to, progress())).toMatchObject({ events: 16, copied: 6 })
      expect(yield* copyLog(from, to, progress())).toMatchObject({ events: 16, copied: 0 })
      expect((yield* all(to)).map(said)).toEqual((yield* all(from)).map(said))
    }))

  test("has events of types that this version does not know, and misses them where they are not", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(2))
      yield* append(from, "something-new", newEvents(3, newType()))
      expect(yield* copyLog(from, to, progress())).toMatchObject({ events: 5, copied: 5 })
      expect((yield* all(to)).map(said)).toEqual((yield* all(from)).map(said))
      yield* append(to, "something-else", newEvents(1, newType()))
      expect((yield* Effect.flip(copyLog(from, to, progress()))).message).toMatch(/holds more/)
    }))

  test("is refused by a log that holds another history, which stays as it is", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(3))
      yield* append(to, "capture-b", newEvents(1))
      const error = yield* Effect.flip(copyLog(from, to, progress()))
      expect(error.message).toMatch(/holds another history: its event 1 is .* Copy into an empty/)
      expect((yield* all(to)).length).toBe(1)
    }))

  test("is refused by a log that has gone on by itself", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(3))
      yield* copyLog(from, to, progress())
      yield* append(to, "capture-a", newEvents(1), 2)
      const error = yield* Effect.flip(copyLog(from, to, progress()))
      expect(error.message).toMatch(/holds more than the source: .* after the 3 events/)
    }))

  test("is refused where the beginning of a stream has expired", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(3))
      const expired: Log = {
        ...from,
        readAll: (options) =>
          Effect.map(from.readAll(options), (events) =>
            events.filter(({ revision }) => revision > 0),
          ),
      }
      const error = yield* Effect.flip(copyLog(expired, to, progress()))
      expect(error.message).toMatch(/capture-a begins at revision 1 in the source/)
      expect((yield* all(to)).length).toBe(0)
    }))

  test("is not called one where the target says something else under the same ids", (from, to) =>
    Effect.gen(function* () {
      const events = newEvents(3)
      yield* append(from, "capture-a", events)
      yield* append(
        to,
        "capture-a",
        events.map((event) => ({ ...event, data: {} }) as NewEvent),
      )
      const error = yield* Effect.flip(copyLog(from, to, progress()))
      expect(error.message).toMatch(/the logs differ/)
    }))

  test("of nothing is nothing", (from, to) =>
    Effect.gen(function* () {
      expect(yield* copyLog(from, to, progress())).toMatchObject({ events: 0, copied: 0 })
    }))

  test("takes what is there when it begins, and leaves what comes meanwhile for the next", (from, to) =>
    Effect.gen(function* () {
      yield* append(from, "capture-a", newEvents(3))
      const growing: Log = {
        ...to,
        appendMany: (writes) =>
          Effect.andThen(
            Effect.orDie(append(from, "capture-a", newEvents(1), 2)),
            to.appendMany(writes),
          ),
      }
      expect(yield* copyLog(from, growing, progress())).toMatchObject({ events: 3 })
      expect(yield* copyLog(from, to, progress())).toMatchObject({ events: 4, copied: 1 })
    }))
})

const newLogOutside = Effect.scoped(newLog)
