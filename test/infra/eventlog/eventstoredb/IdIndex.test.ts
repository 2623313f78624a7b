import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { NewEvent } from "../../../../src/domain/event/events.ts"
import type { Position } from "../../../../src/domain/event/position.ts"
import {
  EventLog,
  EventLogUnavailable,
  type SubscribeOptions,
} from "../../../../src/infra/eventlog/EventLog.ts"
import { type IdIndex, makeIdIndex } from "../../../../src/infra/eventlog/eventstoredb/IdIndex.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { idsOf, newEvents, newStream } from "../newEvents.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

interface Place {
  readonly log: EventLog["Service"]
  /** Opens the index of a log, by default of this one. */
  readonly open: (log?: EventLog["Service"]) => Effect.Effect<IdIndex, never, Scope>
  readonly append: (events: ReadonlyArray<NewEvent>) => Effect.Effect<unknown, unknown>
  /** From where the log has been read, each time. */
  readonly reads: ReadonlyArray<Position>
  readonly file: string
}

const test = (title: string, body: (place: Place) => Effect.Effect<void, unknown, Scope>): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const log = yield* EventLog
        const file = join(yield* temporaryDirectory, "deep", "ids.sqlite")
        const reads: Array<Position> = []
        const open = (of = log) =>
          Effect.acquireRelease(
            Effect.sync(() =>
              makeIdIndex(file, {
                subscribe: (options: SubscribeOptions) => {
                  reads.push(options.after)
                  return of.subscribe(options)
                },
                at: (position) =>
                  Effect.map(
                    of.readAll({ direction: "forwards", limit: 1_000 }),
                    (all) => all.find((event) => event.position >= position), // as the server does
                  ),
              }),
            ),
            (index) => Effect.sync(() => index.close()),
          )
        const append = (events: ReadonlyArray<NewEvent>) =>
          log.append({ stream: newStream(), expectedRevision: "no_stream", events })
        yield* body({ log, open, append, reads, file })
      }).pipe(Effect.scoped, Effect.provide(layerMemory)),
    ),
  )
}

describe("the index of ids", () => {
  test("knows what the log holds at the moment it is asked, whoever appended it", (place) =>
    Effect.gen(function* () {
      const { append, open } = place
      const [a, b] = [newEvents(3), newEvents(2)]
      yield* append(a)
      const index = yield* open()
      expect(yield* index.known(idsOf([...a, ...b]))).toEqual(new Set(idsOf(a)))
      yield* append(b)
      expect(yield* index.known(idsOf([...a, ...b]))).toEqual(new Set(idsOf([...a, ...b])))
      expect(yield* index.known([])).toEqual(new Set())
    }))

  test("reads on from where it was, also in another process, and again where it is lost", (place) =>
    Effect.gen(function* () {
      const { append, file, log, open, reads } = place
      const [a, b] = [newEvents(3), newEvents(2)]
      yield* append(a)
      yield* Effect.scoped(Effect.flatMap(open(), (index) => index.known(idsOf(a))))
      const [last] = yield* log.readAll({ direction: "backwards", limit: 1 })
      yield* append(b)
      const known = yield* Effect.scoped(
        Effect.flatMap(open(), (index) => index.known(idsOf([...a, ...b]))),
      )
      expect(known.size).toBe(5)
      expect(reads).toEqual(["", last?.position])
      for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true })
      const again = yield* Effect.flatMap(open(), (index) => index.known(idsOf([...a, ...b])))
      expect(again.size).toBe(5)
      expect(reads.at(-1)).toBe("")
    }))

  test("keeps one connection to its file for as long as the server is away", (place) =>
    Effect.gen(function* () {
      const { append, file, log, open } = place
      const a = newEvents(3)
      yield* append(a)
      yield* Effect.scoped(Effect.flatMap(open(), (index) => index.known(idsOf(a))))
      const away = new EventLogUnavailable({ operation: "read", kind: "unreachable", reason: "" })
      const isAway = { ...log, readAll: () => Effect.fail(away) }
      yield* Effect.scoped(
        Effect.gen(function* () {
          const index = yield* open(isAway)
          for (let n = 0; n < 3; n++) {
            expect(yield* Effect.flip(index.known(idsOf(a)))).toBe(away)
          }
        }),
      )
      // The last connection that is closed takes it away.
      expect(existsSync(`${file}-wal`)).toBe(false)
    }))

  test("is begun again where it was made from another log", (place) =>
    Effect.gen(function* () {
      const { append, open, reads } = place
      const a = newEvents(3)
      yield* append(a)
      yield* Effect.scoped(Effect.flatMap(open(), (index) => index.known(idsOf(a))))
      yield* Effect.gen(function* () {
        const other = yield* EventLog
        const b = newEvents(5)
        yield* other.append({ stream: "s", expectedRevision: "no_stream", events: b })
        const index = yield* open(other)
        expect(yield* index.known(idsOf([...a, ...b]))).toEqual(new Set(idsOf(b)))
        expect(reads.at(-1)).toBe("")
      }).pipe(Effect.scoped, Effect.provide(layerMemory, { local: true }))
    }))

  test("tells without asking what somebody has asked for or appended, and nothing before", (place) =>
    Effect.gen(function* () {
      const { append, open } = place
      const [a, b] = [newEvents(1), newEvents(1)]
      yield* append(a)
      const index = yield* open()
      index.add(new Set(idsOf(b)))
      expect(index.holdsAny(new Set(idsOf(a)))).toBe(false)
      expect(yield* index.known(idsOf([...a, ...b]))).toEqual(new Set(idsOf(a)))
      expect(index.holdsAny(new Set(idsOf(a)))).toBe(true)
      expect(index.holdsAny(new Set(idsOf(b)))).toBe(false)
      index.add(new Set(idsOf(b)))
      expect(index.holdsAny(new Set(idsOf(b)))).toBe(true)
    }))

  test("of two processes does not go back where one is behind the other", (place) =>
    Effect.gen(function* () {
      const { append, log, open, reads } = place
      const [a, b] = [newEvents(2), newEvents(2)]
      yield* append(a)
      const [behind, ahead] = [yield* open(), yield* open()]
      yield* behind.known(idsOf(a))
      yield* append(b)
      expect((yield* ahead.known(idsOf(b))).size).toBe(2)
      const [last] = yield* log.readAll({ direction: "backwards", limit: 1 })
      expect((yield* behind.known(idsOf([...a, ...b]))).size).toBe(4)
      expect(reads.at(-1)).toBe(last?.position)
    }))
})
