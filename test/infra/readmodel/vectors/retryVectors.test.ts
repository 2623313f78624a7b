import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect, it } from "vitest"
import type { NewEvent, RecordedEvent } from "../../../../src/domain/event/events.ts"
import { vectorId } from "../../../../src/domain/event/ids.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { catchUpVectors } from "../../../../src/infra/readmodel/vectors/projectVectors.ts"
import { rebuildVectors } from "../../../../src/infra/readmodel/vectors/rebuildVectors.ts"
import { retryVectors } from "../../../../src/infra/readmodel/vectors/retryVectors.ts"
import { layerFake } from "../../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { decisionsOf, skippedDeadLetters } from "../../../../src/projections/deadLetters.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { fingerprinted } from "../../vectorstore/fingerprintEvents.ts"
import { checkpointOf } from "../../vectorstore/transactions.ts"

const inFile = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) =>
    layerSqliteVec({ file: join(directory, "vectors.sqlite"), mode: "read-write" }),
  ),
)

/** The ids of the events that do not decode at present. */
const broken = new Set<string>()

const asRead = (events: ReadonlyArray<RecordedEvent>): ReadonlyArray<RecordedEvent> =>
  events.map((event) => {
    if (!broken.has(event.id)) return event
    const { position, stream, revision, id, type, recordedAt, metadata } = event
    return { position, stream, revision, id, type, recordedAt, metadata, data: { kind: 7 } }
  })

const breakableLog = Layer.effect(
  EventLog,
  Effect.map(EventLog, (log) => {
    broken.clear()
    return EventLog.of({
      ...log,
      readAll: (options) => Effect.map(log.readAll(options), asRead),
      readStream: (stream, options) => Effect.map(log.readStream(stream, options), asRead),
      subscribe: (options) =>
        log
          .subscribe(options)
          .pipe(Stream.map((delivery) => ({ ...delivery, events: asRead(delivery.events) }))),
    })
  }),
).pipe(Layer.provide(layerMemory))

const append = Effect.fnUntraced(function* (events: ReadonlyArray<NewEvent>) {
  const log = yield* EventLog
  const stream = "fingerprint-a"
  const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  yield* log.append({ stream, expectedRevision: last?.revision ?? "no_stream", events })
})

const waiting = VectorStore.use(({ read }) =>
  read("look", (ledger) => skippedDeadLetters(ledger, "vectors")),
)
const setAside = VectorStore.use(({ read }) =>
  read("look", (ledger) => [...decisionsOf(ledger, "vectors").values()]),
)
const retry = Effect.gen(function* () {
  return yield* retryVectors(yield* VectorStore, yield* waiting)
})
const vectorOf = (session: string) =>
  VectorStore.use((store) => store.get("cmd_ngram", vectorId("d1", session)))

describe.each([
  ["fake", layerFake()],
  ["sqlite-vec", inFile],
] as const)("a retry of vectors that were set aside, in %s", (_, layer) => {
  const test = (
    title: string,
    body: () => Effect.Effect<void, unknown, EventLog | VectorStore | Scope>,
  ): void => {
    it(title, () =>
      Effect.suspend(body).pipe(
        Effect.provide(Layer.fresh(Layer.merge(breakableLog, layer))),
        Effect.scoped,
        Effect.runPromise,
      ),
    )
  }

  test("keeps those that decode by now, and leaves the others waiting", () =>
    Effect.gen(function* () {
      const [first, second, bad] = [
        fingerprinted("s1", [1, 1]),
        fingerprinted("s2", [2, 1]),
        fingerprinted("s3", [1, 2, 3]),
      ]
      for (const { id } of [first, second]) broken.add(id)
      yield* append([fingerprinted("s0", [0, 1]), first, second, bad])
      yield* catchUpVectors("skip")
      expect(yield* waiting).toHaveLength(3)
      const store = yield* VectorStore
      const { commitNo } = yield* checkpointOf(store)
      broken.delete(first.id)
      expect(yield* retry).toBe(1)
      expect(yield* vectorOf("s1")).toMatchObject({ vector: Float32Array.of(1, 1) })
      expect((yield* checkpointOf(store)).commitNo).toBeGreaterThan(commitNo)
      expect(yield* setAside).toMatchObject([
        { eventId: first.id, retried: true },
        { eventId: second.id, retried: false },
        { eventId: bad.id, retried: false, reason: expect.stringContaining("3 dimensions") },
      ])
      expect(yield* retry).toBe(0)
    }))

  test("leaves a vector that a later event has brought, and replaces an earlier one", () =>
    Effect.gen(function* () {
      const old = fingerprinted("s1", [1, 1])
      const newer = fingerprinted("s2", [2, 2], { extractorVersion: 2 })
      for (const { id } of [old, newer]) broken.add(id)
      yield* append([
        fingerprinted("s2", [2, 1]),
        old,
        newer,
        fingerprinted("s1", [9, 9], { extractorVersion: 2 }),
      ])
      yield* catchUpVectors("skip")
      broken.clear()
      expect(yield* retry).toBe(2)
      expect(yield* vectorOf("s1")).toMatchObject({ version: 2 })
      expect(yield* vectorOf("s2")).toMatchObject({ version: 2 })
      expect(yield* waiting).toEqual([])
      // As it comes out of the whole log.
      const { digests } = yield* VectorStore
      const retried = yield* digests
      yield* rebuildVectors({ onProgress: () => Effect.void })
      expect(yield* digests).toEqual(retried)
    }))

  test("is what brings it back: a rebuild leaves out what was set aside, until then", () =>
    Effect.gen(function* () {
      const event = fingerprinted("s1", [1, 1])
      broken.add(event.id)
      yield* append([fingerprinted("s0", [0, 1]), event])
      yield* catchUpVectors("skip")
      broken.clear()
      const rebuilding = rebuildVectors({ onProgress: () => Effect.void })
      expect(yield* rebuilding).toMatchObject({ events: 2, leftOut: 1 })
      expect(yield* waiting).toMatchObject([{ eventId: event.id }])
      expect(yield* retry).toBe(1)
      expect(yield* rebuilding).toMatchObject({ events: 2, leftOut: 0 })
      expect(yield* setAside).toMatchObject([{ eventId: event.id, retried: true }])
      expect((yield* (yield* VectorStore).health).vectors).toBe(2)
    }))

  test("is not lost where it happens while the vectors are rebuilt", () =>
    Effect.gen(function* () {
      const event = fingerprinted("s1", [1, 1])
      broken.add(event.id)
      yield* append([fingerprinted("s0", [0, 1]), event])
      yield* catchUpVectors("skip")
      broken.clear()
      const retryNow = Effect.orDie(retry)
      const context = yield* Effect.context<EventLog | VectorStore>()
      yield* rebuildVectors({
        onProgress: () => Effect.provideContext(retryNow, context),
      })
      expect(yield* vectorOf("s1")).toBeDefined()
      expect(yield* setAside).toMatchObject([{ eventId: event.id, retried: true }])
    }))
})
