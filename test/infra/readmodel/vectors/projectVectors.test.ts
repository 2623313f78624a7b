import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import type { NewEvent } from "../../../../src/domain/event/events.ts"
import { vectorId } from "../../../../src/domain/event/ids.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import {
  catchUpVectors,
  projectVectors,
} from "../../../../src/infra/readmodel/vectors/projectVectors.ts"
import { layerFake } from "../../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import {
  VectorStore,
  type VectorTransactions,
} from "../../../../src/infra/vectorstore/VectorStore.ts"
import { moveCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { decisionsOf } from "../../../../src/projections/deadLetters.ts"
import { newEvent } from "../../eventlog/newEvents.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { fingerprinted } from "../../vectorstore/fingerprintEvents.ts"
import { checkpointOf } from "../../vectorstore/transactions.ts"

const inFile = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) =>
    layerSqliteVec({ file: join(directory, "vectors.sqlite"), mode: "read-write" }),
  ),
)
const layers = { fake: layerFake(), "sqlite-vec": inFile }

const append = Effect.fnUntraced(function* (stream: string, events: ReadonlyArray<NewEvent>) {
  const log = yield* EventLog
  const there = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  yield* log.append({ stream, expectedRevision: there[0]?.revision ?? "no_stream", events })
})

const sessions = (from: number, to: number): ReadonlyArray<NewEvent> =>
  Array.from({ length: to - from }, (_, n) => fingerprinted(`s${from + n}`, [from + n, 1]))

const nearest = (vector: ReadonlyArray<number>, k: number, version = 1) =>
  VectorStore.use((store) => store.knn({ kind: "cmd_ngram", version, vector, k }))

const setAside = ({ read }: VectorTransactions) =>
  read("look", (ledger) => [...decisionsOf(ledger, "vectors").values()])

const idOf = (session: string): string => vectorId("d1", session)

describe.each(Object.entries(layers))("the projection into %s", (_, layer) => {
  const test = (
    title: string,
    body: () => Effect.Effect<void, unknown, EventLog | VectorStore | Scope>,
  ): void => {
    it(title, () =>
      Effect.suspend(body).pipe(
        Effect.provide(Layer.merge(layerMemory, layer)),
        Effect.scoped,
        Effect.runPromise,
      ),
    )
  }

  test("keeps the vectors of the log, whatever else is in it, and goes on where it was", () =>
    Effect.gen(function* () {
      yield* append("capture-a", [newEvent()])
      yield* append("fingerprint-a", sessions(0, 30))
      yield* catchUpVectors("stop")
      expect(yield* nearest([7, 1], 1)).toEqual([{ id: idOf("s7"), distance: 0 }])
      const store = yield* VectorStore
      const { commitNo } = yield* checkpointOf(store)
      yield* append("fingerprint-a", sessions(30, 40))
      yield* append("capture-a", [newEvent()])
      yield* catchUpVectors("stop")
      expect((yield* store.health).vectors).toBe(40)
      expect((yield* checkpointOf(store)).commitNo).toBe(commitNo + 1)
      yield* catchUpVectors("stop")
      expect((yield* checkpointOf(store)).commitNo).toBe(commitNo + 1)
    }))

  test("is the same however the events were cut into batches", () =>
    Effect.gen(function* () {
      yield* append("fingerprint-a", sessions(0, 25))
      yield* projectVectors({
        onPoison: "stop",
        until: "caught-up",
        batchSize: 3,
      })
      const found = yield* nearest([3, 1], 25)
      expect(new Set(found.map(({ id }) => id)).size).toBe(25)
      expect(found.slice(0, 3).map(({ distance }) => distance)).toEqual([0, 1, 1])
    }))

  test("puts a later extractor's vector in place of an earlier one's", () =>
    Effect.gen(function* () {
      yield* append("fingerprint-a", [
        ...sessions(0, 3),
        fingerprinted("s1", [9, 9], { extractorVersion: 2 }),
      ])
      yield* catchUpVectors("stop")
      expect((yield* nearest([1, 1], 5)).map(({ id }) => id)).toEqual(
        [idOf("s0"), idOf("s2")].toSorted(),
      )
      expect(yield* nearest([9, 9], 5, 2)).toEqual([{ id: idOf("s1"), distance: 0 }])
    }))

  test("stops before an event whose vector is refused, with what came before it kept", () =>
    Effect.gen(function* () {
      const bad = fingerprinted("bad", [1, 2, 3])
      yield* append("fingerprint-a", [...sessions(0, 5), bad, ...sessions(5, 9)])
      const store = yield* VectorStore
      for (let n = 0; n < 2; n++) {
        const error = yield* Effect.flip(catchUpVectors("stop"))
        expect(error).toMatchObject({ _tag: "PoisonEvent", eventId: bad.id, revision: 5 })
        expect(error.message).toContain("3 dimensions")
        expect((yield* store.health).vectors).toBe(5)
      }
      yield* catchUpVectors("skip")
      expect((yield* store.health).vectors).toBe(9)
      expect(yield* setAside(store)).toMatchObject([
        { eventId: bad.id, reason: expect.stringContaining("3 dimensions"), retried: false },
      ])
    }))

  test("stops before an event that does not decode, or leaves it out if it may", () =>
    Effect.gen(function* () {
      const broken = {
        ...fingerprinted("broken", [1, 2]),
        data: { kind: 7 },
      } as unknown as NewEvent
      yield* append("fingerprint-a", [...sessions(0, 4), broken, ...sessions(4, 6)])
      const error = yield* Effect.flip(catchUpVectors("stop"))
      expect(error).toMatchObject({ _tag: "PoisonEvent", eventId: broken.id })
      const store = yield* VectorStore
      expect((yield* store.health).vectors).toBe(4)
      // Without keys, there is nothing to quarantine but the event alone.
      yield* catchUpVectors("quarantine")
      expect((yield* store.health).vectors).toBe(6)
      expect(yield* setAside(store)).toMatchObject([{ eventId: broken.id, findingId: null }])
    }))

  test("sets an event aside once, however often it is folded to there", () =>
    Effect.gen(function* () {
      const bad = fingerprinted("bad", [1, 2, 3])
      yield* append("fingerprint-a", [...sessions(0, 5), bad, ...sessions(5, 9)])
      const store = yield* VectorStore
      // A crash before the commit: nothing of the batch is kept, nor the dead letter.
      const crashing = VectorStore.of({
        ...store,
        commit: (operation, work) =>
          store.commit(operation, (rows) => {
            work(rows)
            throw new TypeError("the power went out")
          }),
      })
      yield* catchUpVectors("skip").pipe(Effect.provideService(VectorStore, crashing), Effect.exit)
      expect(yield* setAside(store)).toEqual([])
      expect((yield* store.health).vectors).toBe(0)
      yield* catchUpVectors("skip")
      yield* catchUpVectors("skip")
      expect(yield* setAside(store)).toHaveLength(1)
      expect((yield* store.health).vectors).toBe(9)
    }))

  test("gives way to another that is projecting too, and nothing is twice there", () =>
    Effect.gen(function* () {
      yield* append("fingerprint-a", sessions(0, 40))
      const store = yield* VectorStore
      const projecting = projectVectors({
        onPoison: "stop",
        until: "caught-up",
        batchSize: 4,
        onDelivery: ({ position }) =>
          // Somebody else moves the checkpoint between two batches.
          Effect.gen(function* () {
            const at = yield* checkpointOf(store)
            if (at.commitNo !== 3) return
            yield* store.commit("move", ({ database }) =>
              moveCheckpoint(database, "vectors", at, position, 0),
            )
          }).pipe(Effect.orDie),
      })
      expect(yield* Effect.flip(projecting)).toMatchObject({ _tag: "CheckpointMoved" })
      yield* catchUpVectors("stop")
      expect((yield* store.health).vectors).toBe(40)
    }))
})

describe("the vectors of a log", () => {
  it("have the same neighbours under every backend", () =>
    Effect.gen(function* () {
      const vector = (n: number, i: number) => Math.sin(n * 7 + i) + (n % 5)
      const events = (["l2", "cosine"] as const).flatMap((metric) =>
        Array.from({ length: 300 }, (_, n) =>
          fingerprinted(
            `s${n}`,
            Array.from({ length: 12 }, (__, i) => vector(n % 90, i)),
            { metric, kind: metric },
          ),
        ),
      )
      yield* append("fingerprint-a", events)
      const answers = yield* Effect.forEach(Object.values(layers), (layer) =>
        Effect.gen(function* () {
          yield* catchUpVectors("stop")
          const store = yield* VectorStore
          return yield* Effect.forEach(["l2", "cosine"], (kind) =>
            Effect.forEach([1, 5, 20, 250], (k) =>
              store.knn({
                ...{ kind, version: 1, k },
                vector: Array.from({ length: 12 }, (_, i) => vector(17, i)),
              }),
            ),
          )
        }).pipe(Effect.provide(layer)),
      )
      expect(answers[1]).toEqual(answers[0])
      expect(answers[0]?.flat(2)).toHaveLength(2 * 276)
    }).pipe(Effect.provide(layerMemory), Effect.scoped, Effect.runPromise))
})
