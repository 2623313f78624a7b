import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import { getLoadablePath } from "sqlite-vec"
import { describe, expect, it } from "vitest"
import { layerSqliteVec } from "../../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { runScript } from "../../../support/runScript.ts"
import { startScript } from "../../../support/startScript.ts"
import { temporaryDirectory } from "../../eventlog/temporaryDirectory.ts"
import { idsOf, near, record } from "../conformance/ConformanceTest.ts"
import { checkpointOf, putAll } from "../transactions.ts"

const script = join(import.meta.dirname, "processes", "insertBatches.ts")

const test = <E>(title: string, body: (file: string) => Effect.Effect<void, E, Scope>): void => {
  it(title, { timeout: 240_000 }, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(temporaryDirectory, (directory) => body(join(directory, "vectors.sqlite"))),
      ),
    ),
  )
}

/** A statement about the file that goes around the store. */
const look = (file: string, sql: string): unknown => {
  const database = new Sqlite(file)
  try {
    database.loadExtension(getLoadablePath())
    return database.prepare(sql).pluck().get()
  } finally {
    database.close()
  }
}

describe("a vector store in a file, used by several processes", () => {
  test("sees the kinds and vectors of another, and keeps no old answer", (file) =>
    Effect.gen(function* () {
      const store = yield* VectorStore
      yield* store.insert(record("mine", [0, 0, 0, 1]))
      for (let n = 0; n < 40; n++) yield* store.knn(near([1, 0, 0, 1], 1))
      expect(yield* store.knn(near([1, 0, 0, 1], 1, { kind: "theirs" }))).toEqual([])
      yield* runScript(script, file, "theirs", "1")
      yield* runScript(script, file, "ja3", "2")
      expect(idsOf(yield* store.knn(near([1, 0, 0, 1], 2, { kind: "theirs" })))).toEqual([
        "0-1",
        "1-1",
      ])
      expect(yield* store.get("theirs", "1-1")).toBeDefined()
      expect(idsOf(yield* store.knn(near([2, 1, 0, 1], 1)))).toEqual(["2-1"])
      expect(yield* store.health).toMatchObject({ kinds: 2, vectors: 1 + 50 + 83 })
    }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-write" }))))

  test("is made once by processes that all begin it, and keeps what each inserts", (file) =>
    Effect.gen(function* () {
      const kinds = ["a", "A", "b"]
      yield* Effect.forEach(kinds, (kind) => runScript(script, file, kind, "8"), {
        concurrency: "unbounded",
      })
      yield* runScript(script, file, "b", "8")
      yield* Effect.gen(function* () {
        const store = yield* VectorStore
        for (const kind of kinds) {
          // 17 of each batch but the first replace what the batch before has brought.
          const found = yield* store.knn(near([0, 0, 0, 0], 10_000, { kind }))
          expect(new Set(idsOf(found)).size).toBe(281)
        }
        expect((yield* store.health).vectors).toBe(843)
      }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-only" })))
    }))

  test("has whole batches only, with their checkpoint, after a writer was killed", (file) =>
    Effect.gen(function* () {
      let total = 0
      for (let round = 0; round < 5; round++) {
        const answered = yield* Effect.scoped(
          Effect.gen(function* () {
            const writer = yield* startScript(script, file, "k", "100000", "checkpoint")
            const wanted = 1 + Math.floor(Math.random() * 9)
            yield* writer.until((printed) => printed.length >= wanted)
            return Number(writer.printed.at(-1))
          }),
        )
        total = yield* Effect.gen(function* () {
          const store = yield* VectorStore
          const { position } = yield* checkpointOf(store)
          const found = yield* store.knn(near([0, 0, 0, 0], 1_000_000, { kind: "k" }))
          expect((yield* store.health).vectors).toBe(found.length)
          expect(new Set(idsOf(found)).size).toBe(found.length)
          for (const { id } of found.slice(0, 200)) {
            expect(yield* store.get("k", id)).toBeDefined()
          }
          // The writer begins with batch 1 again, so the furthest batch may be an earlier one's.
          expect(Number(position)).toBeGreaterThanOrEqual(round === 0 ? answered : 1)
          expect((found.length - 50) % 33).toBe(0)
          return Math.max(total, found.length)
        }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-only" })))
        expect(look(file, "PRAGMA integrity_check")).toBe("ok")
        expect(look(file, "SELECT count(*) FROM vec_1")).toBe(
          look(file, "SELECT sum(vectors) FROM versions"),
        )
      }
      expect(total).toBeGreaterThan(0)
    }))

  test("gives space back when a kind is made anew after most of it was deleted", (file) =>
    Effect.gen(function* () {
      const store = yield* VectorStore
      const records = Array.from({ length: 4_000 }, (_, n) =>
        record(
          `${n}`,
          Array.from({ length: 64 }, (__, i) => n + i),
        ),
      )
      yield* store.insertMany(records)
      const pages = () => Number(look(file, "PRAGMA page_count"))
      const before = pages()
      for (let n = 0; n < 4_000; n++) if (n % 20 !== 0) yield* store.delete("ja3", `${n}`)
      const kept = records.filter((_, n) => n % 20 === 0)
      yield* Effect.scoped(
        Effect.gen(function* () {
          const contents = yield* store.beginRebuild("ja3")
          yield* putAll(contents, kept)
          yield* contents.promote(() => Effect.succeed("own"))
        }),
      )
      expect(pages()).toBeLessThan(before / 2)
      expect(yield* store.knn(near(Array.from(kept[7]?.vector ?? []), 1))).toEqual([
        { id: "140", distance: 0 },
      ])
    }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-write" }))))
})
