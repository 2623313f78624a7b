import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { beginning } from "../../../../src/domain/position.ts"
import { takenIn } from "../takenIn.ts"
import { type ConformanceTest, idsOf, near, record } from "./ConformanceTest.ts"

/** How vectors get into a store, and out of it. */
export const keeping = (test: ConformanceTest): void => {
  describe("when keeping", () => {
    test("gives back what was inserted", (store) =>
      Effect.gen(function* () {
        yield* store.insert(record("a", [1, 2, 3]))
        yield* store.insert(record("b", [4, 5, 6], { version: 7 }))
        yield* store.insert(record("c", [7, 8, 9]))
        expect(yield* store.get("ja3", "b")).toEqual({
          kind: "ja3",
          id: "b",
          version: 7,
          metric: "l2",
          vector: Float32Array.of(4, 5, 6),
        })
      }))

    test("gives nothing for what it does not have", (store) =>
      Effect.gen(function* () {
        yield* store.insert(record("a", [1, 2, 3]))
        expect(yield* store.get("ja3", "b")).toBeUndefined()
        expect(yield* store.get("hassh", "a")).toBeUndefined()
        expect(yield* store.delete("hassh", "a")).toBe(false)
      }))

    test("keeps numbers as 32-bit floats, a copy of what it was given", (store) =>
      Effect.gen(function* () {
        const given = [0.1, -0.2, 1e-40]
        yield* store.insert(record("a", given))
        given[0] = 99
        const kept = yield* store.get("ja3", "a")
        expect(kept?.vector).toEqual(Float32Array.of(0.1, -0.2, 1e-40))
        kept?.vector.fill(0)
        expect((yield* store.get("ja3", "a"))?.vector[0]).toBe(Math.fround(0.1))
      }))

    test("takes lists, 64-bit and 32-bit arrays, and parts of arrays", (store) =>
      Effect.gen(function* () {
        const whole = Float32Array.of(9, 1, 2, 9)
        yield* store.insertMany([
          record("list", [1, 2]),
          { ...record("wide", []), vector: Float64Array.of(1, 2) },
          { ...record("part", []), vector: whole.subarray(1, 3) },
        ])
        expect(yield* store.knn(near([1, 2], 3))).toEqual([
          { id: "list", distance: 0 },
          { id: "part", distance: 0 },
          { id: "wide", distance: 0 },
        ])
      }))

    test("replaces what has the same kind and id", (store) =>
      Effect.gen(function* () {
        yield* store.insert(record("a", [1, 2, 3]))
        yield* store.insert(record("a", [3, 2, 1]))
        expect((yield* store.get("ja3", "a"))?.vector).toEqual(Float32Array.of(3, 2, 1))
        expect(yield* store.knn(near([1, 2, 3], 5))).toHaveLength(1)
        expect(yield* store.health).toMatchObject({ kinds: 1, vectors: 1 })
      }))

    test("replaces a vector by one of another extractor version", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [1, 2]), record("b", [1, 2])])
        yield* store.insert(record("a", [5, 6], { version: 2 }))
        expect(idsOf(yield* store.knn(near([1, 2], 5)))).toEqual(["b"])
        expect(idsOf(yield* store.knn(near([1, 2], 5, { version: 2 })))).toEqual(["a"])
        expect(yield* store.kinds).toEqual([
          {
            kind: "ja3",
            metric: "l2",
            dimension: 2,
            vectors: 2,
            versions: [
              { version: 1, vectors: 1 },
              { version: 2, vectors: 1 },
            ],
          },
        ])
      }))

    test("keeps the last of those with one id in one call", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([
          record("a", [1, 1]),
          record("b", [2, 2]),
          record("a", [3, 3], { version: 2 }),
          record("a", [4, 4]),
        ])
        expect((yield* store.get("ja3", "a"))?.vector).toEqual(Float32Array.of(4, 4))
        expect(yield* store.health).toMatchObject({ vectors: 2 })
      }))

    test("deletes once, and can have it again", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [1, 2]), record("b", [1, 2]), record("c", [5, 5])])
        expect(yield* store.delete("ja3", "a")).toBe(true)
        expect(yield* store.delete("ja3", "a")).toBe(false)
        expect(yield* store.get("ja3", "a")).toBeUndefined()
        expect(idsOf(yield* store.knn(near([1, 2], 5)))).toEqual(["b", "c"])
        yield* store.insert(record("a", [7, 7]))
        expect((yield* store.get("ja3", "a"))?.vector).toEqual(Float32Array.of(7, 7))
        expect(idsOf(yield* store.knn(near([7, 7], 5)))).toEqual(["a", "c", "b"])
      }))

    test("inserts nothing without complaint", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([])
        expect(yield* store.kinds).toEqual([])
      }))

    test("tells apart kinds that differ by case alone, or look like parts of SQL", (store) =>
      Effect.gen(function* () {
        const kinds = [
          "ja3",
          "JA3",
          "Ja3",
          "k",
          "k_chunks",
          "k_rowids",
          "k_info",
          "select",
          "a.b-c",
        ]
        yield* store.insertMany(
          kinds.map((kind, index) => record("same", [index, index], { kind })),
        )
        for (const [index, kind] of kinds.entries()) {
          expect((yield* store.get(kind, "same"))?.vector[0]).toBe(index)
          expect(yield* store.knn(near([index, index], 3, { kind }))).toEqual([
            { id: "same", distance: 0 },
          ])
        }
        expect(yield* store.delete("JA3", "same")).toBe(true)
        expect(yield* store.get("ja3", "same")).toBeDefined()
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(kinds.toSorted())
      }))

    test("keeps many kinds, each with a dimension of its own", (store) =>
      Effect.gen(function* () {
        for (let n = 1; n <= 40; n++) {
          const vector = Array.from({ length: n }, () => n)
          yield* store.insert(record(`of ${n}`, vector, { kind: `kind${n}` }))
        }
        for (let n = 1; n <= 40; n++) {
          const vector = Array.from({ length: n }, () => n)
          expect(yield* store.knn(near(vector, 2, { kind: `kind${n}` }))).toEqual([
            { id: `of ${n}`, distance: 0 },
          ])
        }
        expect(yield* store.health).toMatchObject({ kinds: 40, vectors: 40 })
      }))

    test("keeps strange but legal ids as they are", (store) =>
      Effect.gen(function* () {
        const ids = ["'; DROP TABLE kinds; --", "A", "a", "ä", "日本", " ", "%", "\u{1f99e}"]
        yield* store.insertMany(ids.map((id, index) => record(id, [index, 0])))
        for (const [index, id] of ids.entries()) {
          expect((yield* store.get("ja3", id))?.vector[0]).toBe(index)
        }
        expect(idsOf(yield* store.knn(near([0, 0], 20)))).toEqual(ids)
      }))

    test("says what it has, from the first moment", (store) =>
      Effect.gen(function* () {
        expect(yield* store.health).toMatchObject({ kinds: 0, vectors: 0, problem: null })
        yield* store.insertMany([
          record("x", [1, 2], { kind: "a" }),
          record("y", [1, 2], { kind: "a" }),
          record("x", [1, 2], { kind: "b" }),
        ])
        expect(yield* store.health).toMatchObject({ kinds: 2, vectors: 3, fallback: null })
      }))

    test("takes in a batch and moves the checkpoint, once", (store) =>
      Effect.gen(function* () {
        const from = yield* store.checkpoint
        expect(yield* store.lastTakenIn).toBeNull()
        const to = takenIn("0000000000000007")
        const moved = yield* store.takeIn(from, to, [record("a", [1, 2])])
        expect(moved).toEqual({ position: to.position, commitNo: from.commitNo + 1 })
        expect(yield* store.lastTakenIn).toEqual(to)
        expect(yield* store.checkpoint).toEqual(moved)
        expect(yield* store.takeIn(from, to, [record("b", [1, 2])])).toBeUndefined()
        expect(yield* store.get("ja3", "b")).toBeUndefined()
        const refused = store.takeIn(moved ?? from, to, [record("c", [1, 2]), record("d", [1])])
        expect(yield* Effect.flip(refused)).toMatchObject({ _tag: "VectorRefused", id: "d" })
        expect(yield* store.checkpoint).toEqual(moved)
        expect(yield* store.get("ja3", "c")).toBeUndefined()
      }))

    test("forgets everything, the log it was made from included, if nobody was faster", (store) =>
      Effect.gen(function* () {
        const to = takenIn("0000000000000007")
        const at = yield* store.takeIn(yield* store.checkpoint, to, [
          record("a", [1, 2]),
          record("b", [1, 2, 3], { kind: "other" }),
        ])
        if (at === undefined) return expect.fail("it was taken in")
        expect(yield* store.clear({ ...at, commitNo: 9 })).toBe(false)
        expect(yield* store.lastTakenIn).toEqual(to)
        expect(yield* store.clear(at)).toBe(true)
        expect(yield* store.kinds).toEqual([])
        expect(yield* store.lastTakenIn).toBeNull()
        const empty = { position: beginning, commitNo: at.commitNo + 1 }
        expect(yield* store.checkpoint).toEqual(empty)
        yield* store.takeIn(empty, to, [record("a", [1, 2, 3])])
        expect((yield* store.get("ja3", "a"))?.vector).toHaveLength(3)
      }))

    test("makes a kind anew, dimension and metric included, and leaves the others alone", (store) =>
      Effect.gen(function* () {
        const at = yield* store.checkpoint
        yield* store.insertMany([record("a", [1, 2]), record("b", [1, 2], { kind: "other" })])
        const again = [record("c", [1, 2, 3], { metric: "cosine" })]
        expect(yield* store.rebuildKind("ja3", again, at)).toBe(true)
        expect(yield* store.get("ja3", "a")).toBeUndefined()
        expect(idsOf(yield* store.knn(near([1, 2, 3], 5)))).toEqual(["c"])
        expect(yield* store.get("other", "b")).toBeDefined()
        expect(yield* store.rebuildKind("ja3", [], { ...at, commitNo: 9 })).toBe(false)
        expect(yield* store.get("ja3", "c")).toBeDefined()
        expect(yield* store.rebuildKind("ja3", [], at)).toBe(true)
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["other"])
      }))
  })
}
