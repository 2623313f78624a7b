import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { getLoadablePath } from "sqlite-vec"
import { describe, expect, it } from "vitest"
import type { NewEvent } from "../../../../src/domain/event/events.ts"
import { vectorId } from "../../../../src/domain/event/ids.ts"
import { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"
import { layerMemory } from "../../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import {
  catchUpVectors,
  projectVectors,
} from "../../../../src/infra/readmodel/vectors/projectVectors.ts"
import { rebuildVectors } from "../../../../src/infra/readmodel/vectors/rebuildVectors.ts"
import { layerFake } from "../../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../../../../src/projections/vectors/vectorsProjection.ts"
import { eventually } from "../../../support/eventually.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { fingerprinted } from "../../vectorstore/fingerprintEvents.ts"
import { checkpointOf, putAll } from "../../vectorstore/transactions.ts"

type Needs = EventLog | VectorStore | Scope.Scope

const run = (
  body: Effect.Effect<void, unknown, Needs>,
  layer: Layer.Layer<VectorStore, unknown, Scope.Scope>,
): Promise<void> =>
  body.pipe(Effect.provide(Layer.merge(layerMemory, layer)), Effect.scoped, Effect.runPromise)

const inFile = (file: string, mode: "read-write" | "read-only" = "read-write") =>
  layerSqliteVec({ file, mode })

const append = (events: ReadonlyArray<NewEvent>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const stream = "fingerprint-a"
    const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
    yield* log.append({ stream, expectedRevision: last?.revision ?? "no_stream", events })
  })

const sessions = (from: number, to: number): ReadonlyArray<NewEvent> =>
  Array.from({ length: to - from }, (_, n) => fingerprinted(`s${from + n}`, [from + n, 1]))

const idOf = (session: string): string => vectorId("d1", session)

const nearest = VectorStore.use((store) =>
  store.knn({ kind: "cmd_ngram", version: 1, vector: [4, 1], k: 50 }),
)

const stray: VectorRecord = {
  kind: "cmd_ngram",
  id: "stray",
  version: 1,
  metric: "l2",
  vector: [4, 1],
}

const quietly = { onProgress: () => Effect.void }

describe.each(["fake", "sqlite-vec"])("a rebuild of the vectors in %s", (backend) => {
  const test = (title: string, body: () => Effect.Effect<void, unknown, Needs>): void => {
    it(title, () =>
      run(
        Effect.suspend(body),
        backend === "fake"
          ? layerFake()
          : Layer.unwrap(Effect.map(temporaryDirectory, (at) => inFile(join(at, "v.sqlite")))),
      ),
    )
  }

  test("is what the log says: what was changed beside it is gone, and is told", () =>
    Effect.gen(function* () {
      yield* append([...sessions(0, 20), fingerprinted("o", [1], { kind: "other" })])
      yield* catchUpVectors("stop")
      const store = yield* VectorStore
      const [before, at, sound] = [yield* nearest, yield* checkpointOf(store), yield* store.digests]
      yield* store.insert(stray)
      yield* store.delete("cmd_ngram", idOf("s5"))
      yield* store.insert({ ...stray, kind: "alone" })
      const one = yield* rebuildVectors({ ...quietly, only: "cmd_ngram" })
      expect(one.kinds).toMatchObject([
        { kind: "cmd_ngram", fingerprints: 20, live: { vectors: 20 }, rebuilt: { vectors: 20 } },
      ])
      expect(one.kinds[0]?.live.digest).not.toBe(one.kinds[0]?.rebuilt.digest)
      expect(yield* nearest).toEqual(before)
      expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["alone", "cmd_ngram", "other"])
      const progress: Array<unknown> = []
      const all = yield* rebuildVectors({
        onProgress: (seen) => Effect.sync(() => void progress.push(seen)),
      })
      expect(all).toMatchObject({ position: at.position, events: 21, leftOut: 0 })
      expect(progress).toEqual([{ events: 21, total: 21 }])
      expect(all.kinds).toMatchObject([
        {
          kind: "alone",
          fingerprints: 0,
          live: { vectors: 1 },
          rebuilt: { vectors: 0, digest: "" },
        },
        { kind: "cmd_ngram", fingerprints: 20 },
        { kind: "other", fingerprints: 1 },
      ])
      for (const { live, rebuilt } of all.kinds.slice(1)) expect(rebuilt).toEqual(live)
      expect(yield* store.digests).toEqual(sound)
      expect(yield* checkpointOf(store)).toEqual(at)
      yield* append(sessions(20, 25))
      yield* catchUpVectors("stop")
      expect((yield* store.health).vectors).toBe(26)
    }))

  test("takes the last of the vectors of a session, and leaves out what is refused", () =>
    Effect.gen(function* () {
      const broken = fingerprinted("broken", [1, 2])
      yield* append([
        ...sessions(0, 3),
        fingerprinted("bad", [1, 2, 3]),
        { ...broken, data: { kind: 7 } } as unknown as NewEvent, // as somebody else may write it
        fingerprinted("s1", [9, 9], { extractorVersion: 2 }),
      ])
      yield* catchUpVectors("skip")
      const store = yield* VectorStore
      const { kinds, leftOut, events } = yield* rebuildVectors(quietly)
      expect({ leftOut, events }).toEqual({ leftOut: 2, events: 6 })
      expect(kinds).toMatchObject([{ fingerprints: 4, rebuilt: { vectors: 3 } }])
      expect(kinds[0]?.rebuilt).toEqual(kinds[0]?.live)
      expect(yield* store.get("cmd_ngram", idOf("s1"))).toMatchObject({ version: 2 })
    }))

  test("goes no further than the vectors that are there", () =>
    Effect.gen(function* () {
      yield* append(sessions(0, 10))
      yield* catchUpVectors("stop")
      yield* append(sessions(10, 20))
      const store = yield* VectorStore
      const at = yield* checkpointOf(store)
      expect((yield* rebuildVectors(quietly)).events).toBe(10)
      expect(yield* checkpointOf(store)).toEqual(at)
      yield* catchUpVectors("stop")
      expect(yield* store.health).toMatchObject({ vectors: 20 })
    }))

  test("goes to the end of a log that the vectors were not made from", () =>
    Effect.gen(function* () {
      const store = yield* VectorStore
      yield* Effect.gen(function* () {
        yield* append(sessions(0, 10))
        yield* append(sessions(50, 52))
        yield* catchUpVectors("stop")
      }).pipe(Effect.provide(Layer.fresh(layerMemory)))
      yield* append(sessions(7, 9))
      yield* rebuildVectors(quietly)
      expect(yield* store.health).toMatchObject({ vectors: 2 })
      yield* append(sessions(9, 12))
      yield* catchUpVectors("stop")
      expect(yield* store.health).toMatchObject({ vectors: 5 })
    }))

  test("refuses to switch to vectors that are not what the log has", () =>
    Effect.gen(function* () {
      yield* append(sessions(0, 10))
      yield* catchUpVectors("stop")
      const store = yield* VectorStore
      const before = yield* store.digests
      const forgetful = VectorStore.of({
        ...store,
        beginRebuild: (only) =>
          Effect.map(store.beginRebuild(only), (contents) => ({
            ...contents,
            commit: (operation, work) =>
              contents.commit(operation, ({ database, put }) => {
                let isFirst = true
                return work({
                  database,
                  put: (record) => {
                    if (!isFirst) return put(record)
                    isFirst = false
                    return undefined
                  },
                })
              }),
          })),
      })
      const failure = yield* Effect.flip(
        rebuildVectors(quietly).pipe(Effect.provideService(VectorStore, forgetful)),
      )
      expect(failure).toMatchObject({ _tag: "VectorsDiffer", kinds: ["cmd_ngram"] })
      expect(yield* store.digests).toEqual(before)
    }))
})

describe("a rebuild of the vectors in a file", () => {
  const test = (
    title: string,
    body: (file: string) => Effect.Effect<void, unknown, Needs>,
  ): void => {
    it(title, () =>
      Effect.flatMap(temporaryDirectory, (directory) => {
        const file = join(directory, "vectors.sqlite")
        return body(file).pipe(Effect.provide(Layer.merge(layerMemory, inFile(file))))
      }).pipe(Effect.scoped, Effect.runPromise),
    )
  }

  /** Every row of the file that is about a kind, those that are being made included. */
  const kindsIn = (file: string): ReadonlyArray<unknown> => {
    const database = new Sqlite(file, { readonly: true })
    try {
      database.loadExtension(getLoadablePath())
      return [
        database.prepare("SELECT kind FROM kinds ORDER BY kind").pluck().all(),
        database
          .prepare("SELECT count(*) FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
          .pluck()
          .get(),
      ]
    } finally {
      database.close()
    }
  }

  test("answers from what was there until it takes over, and others go on writing", (file) =>
    Effect.gen(function* () {
      yield* append(sessions(0, 5_000))
      yield* catchUpVectors("stop")
      const store = yield* VectorStore
      yield* store.insert(stray)
      const before = yield* nearest
      let looks = 0
      const look = Effect.gen(function* () {
        looks++
        // Another connection sees what was there, and takes the next in.
        expect(yield* nearest).toEqual(before)
        expect(yield* VectorStore.use(({ health }) => health)).toMatchObject({ kinds: 1 })
        yield* append(sessions(5_000 + looks, 5_001 + looks))
        yield* catchUpVectors("stop")
      }).pipe(Effect.provide(Layer.fresh(inFile(file))), Effect.orDie)
      const log = yield* EventLog
      const rebuilt = yield* rebuildVectors({
        // In the end others are held off.
        onProgress: () =>
          looks === 3 ? Effect.void : look.pipe(Effect.provideService(EventLog, log)),
      })
      expect(rebuilt.events).toBe(5_003)
      expect(rebuilt.kinds).toMatchObject([
        { fingerprints: rebuilt.events, rebuilt: { vectors: rebuilt.events } },
      ])
      expect(rebuilt.kinds[0]?.live.vectors).toBe(rebuilt.events + 1)
      yield* catchUpVectors("stop")
      expect(yield* store.get("cmd_ngram", "stray")).toBeUndefined()
      expect((yield* store.health).vectors).toBe(5_003)
    }))

  test("takes over in one transaction, in which nobody else can write", (file) =>
    Effect.gen(function* () {
      const store = yield* VectorStore
      yield* store.insert(stray)
      const scope = yield* Scope.make()
      const contents = yield* Scope.provide(store.beginRebuild(undefined), scope)
      yield* putAll(contents, [{ ...stray, id: "next" }])
      const idsSeen = nearest.pipe(
        Effect.map((found) => found.map(({ id }) => id)),
        Effect.provide(Layer.fresh(inFile(file, "read-only"))),
      )
      yield* contents.promote(() =>
        Effect.gen(function* () {
          const other = new Sqlite(file, { timeout: 0 })
          expect(() => other.exec("BEGIN IMMEDIATE")).toThrow("locked")
          other.close()
          expect(yield* idsSeen).toEqual(["stray"])
          return "own" as const
        }),
      )
      expect(yield* idsSeen).toEqual(["next"])
      yield* Scope.close(scope, Exit.void)
    }))

  test("leaves nothing behind when it is cancelled, and takes away what one has left that died", (file) =>
    Effect.gen(function* () {
      yield* append(sessions(0, 30))
      yield* catchUpVectors("stop")
      const store = yield* VectorStore
      const before = yield* store.digests
      const fiber = yield* Effect.forkChild(rebuildVectors({ onProgress: () => Effect.never }))
      yield* eventually(Effect.sync(() => JSON.stringify(kindsIn(file)).includes("~cmd_ngram")))
      yield* Fiber.interrupt(fiber)
      expect(kindsIn(file)).toEqual([["cmd_ngram"], 1])
      expect(yield* store.digests).toEqual(before)
      // As one leaves it that is killed: its scope is never closed.
      const contents = yield* Scope.provide(store.beginRebuild(undefined), yield* Scope.make())
      yield* putAll(contents, [stray])
      expect(kindsIn(file)).toEqual([["cmd_ngram", "~cmd_ngram"], 2])
      yield* rebuildVectors(quietly)
      expect(kindsIn(file)).toEqual([["cmd_ngram"], 1])
      expect(yield* store.digests).toEqual(before)
    }))

  test("goes on beside a projection that takes in what comes", (file) =>
    Effect.gen(function* () {
      yield* append(sessions(0, 2_000))
      yield* projectVectors({
        onPoison: "stop",
        until: "interrupted",
        batchSize: 10,
        onDelivery: () => Effect.yieldNow,
      }).pipe(
        Effect.retry({ while: ({ _tag }) => _tag === "CheckpointMoved" }),
        Effect.provide(Layer.fresh(inFile(file))),
        Effect.forkChild,
      )
      const writing = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 60 }), (_, n) =>
          Effect.andThen(append(sessions(2_000 + n * 10, 2_010 + n * 10)), Effect.yieldNow),
        ),
      )
      for (let round = 0; round < 3; round++) {
        const { kinds } = yield* rebuildVectors(quietly)
        for (const { live, rebuilt } of kinds) expect(rebuilt).toEqual(live)
      }
      yield* Fiber.join(writing)
      const store = yield* VectorStore
      yield* eventually(Effect.map(store.health, ({ vectors }) => vectors === 2_600))
      const { kinds } = yield* rebuildVectors(quietly)
      expect(kinds).toMatchObject([{ fingerprints: 2_600, rebuilt: { vectors: 2_600 } }])
    }))
})
