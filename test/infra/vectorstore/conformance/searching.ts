import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { type ConformanceTest, idsOf, near, record } from "./ConformanceTest.ts"

/** Its square is 1.6 times the least number that a 32-bit float can be, and is rounded to twice that. */
const short = Math.sqrt(1.6 * 2 ** -149)

/** What a store finds. */
export const searching = (test: ConformanceTest): void => {
  describe("when searching", () => {
    test("gives the nearest first, an equal one at exactly 0", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([
          record("near", [0.1, 0.2, 0.4]),
          record("far", [9, 9, 9]),
          record("exact", [0.1, 0.2, 0.3]),
        ])
        const found = yield* store.knn(near([0.1, 0.2, 0.3], 3))
        expect(idsOf(found)).toEqual(["exact", "near", "far"])
        expect(found[0]?.distance).toBe(0)
      }))

    test("measures by Euclid where the metric is l2", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [3, 4]), record("b", [6, 8])])
        expect(yield* store.knn(near([0, 0], 2))).toEqual([
          { id: "a", distance: 5 },
          { id: "b", distance: 10 },
        ])
      }))

    test("measures by angle where the metric is cosine", (store) =>
      Effect.gen(function* () {
        const cosine = { metric: "cosine" } as const
        yield* store.insertMany([
          record("opposite", [-2, 0], cosine),
          record("across", [0, 5], cosine),
          record("along", [100, 0], cosine),
        ])
        expect(yield* store.knn(near([1, 0], 3))).toEqual([
          { id: "along", distance: 0 },
          { id: "across", distance: 1 },
          { id: "opposite", distance: 2 },
        ])
      }))

    test("finds a vector at exactly 0 of itself, by angle too", (store) =>
      Effect.gen(function* () {
        for (const metric of ["l2", "cosine"] as const) {
          for (let n = 0; n < 50; n++) {
            const vector = Array.from({ length: 19 }, (_, i) => Math.sin(n * 31 + i * 7))
            yield* store.insert(record(`${n}`, vector, { kind: metric, metric }))
            const [first] = yield* store.knn(near(vector, 1, { kind: metric }))
            expect(first).toEqual({ id: `${n}`, distance: 0 })
          }
        }
      }))

    test("gives none for a kind or a version that it does not know", (store) =>
      Effect.gen(function* () {
        expect(yield* store.knn(near([1, 2], 3))).toEqual([])
        yield* store.insert(record("a", [1, 2]))
        expect(yield* store.knn(near([1, 2], 3, { version: 2 }))).toEqual([])
        expect(yield* store.knn(near([1, 2], 3, { kind: "hassh" }))).toEqual([])
        yield* store.delete("ja3", "a")
        expect(yield* store.knn(near([1, 2], 3))).toEqual([])
      }))

    test("never looks beyond the kind and the version", (store) =>
      Effect.gen(function* () {
        for (let n = 0; n < 30; n++) {
          yield* store.insert(record(`v1 ${n}`, [n, 0]))
          yield* store.insert(record(`v2 ${n}`, [n, 0], { version: 2 }))
          yield* store.insert(record(`other ${n}`, [n, 0], { kind: "other" }))
        }
        const found = yield* store.knn(near([0, 0], 25, { version: 2 }))
        expect(idsOf(found)).toEqual(Array.from({ length: 25 }, (_, n) => `v2 ${n}`))
      }))

    test("gives all where k is more than there are, however great it is", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [1, 2]), record("b", [3, 4])])
        for (const k of [2, 3, 4095, 4096, 4097, 100_000, Number.MAX_SAFE_INTEGER]) {
          expect(idsOf(yield* store.knn(near([1, 2], k)))).toEqual(["a", "b"])
        }
      }))

    test("gives more than 4096 where that many are asked for and there", (store) =>
      Effect.gen(function* () {
        const records = Array.from({ length: 6000 }, (_, n) => record(`${n}`, [n, 0]))
        yield* store.insertMany(records)
        const found = yield* store.knn(near([0, 0], 5000))
        expect(idsOf(found)).toEqual(Array.from({ length: 5000 }, (_, n) => `${n}`))
      }))

    test("breaks ties by id, over all that are tied and not some", (store) =>
      Effect.gen(function* () {
        const ids = Array.from(
          { length: 3000 },
          (_, n) => `s${String((n * 1733) % 3000).padStart(4, "0")}`,
        )
        yield* store.insertMany(ids.map((id) => record(id, [1, 1])))
        yield* store.insert(record("zz", [0, 0]))
        for (const k of [1, 2, 7, 100]) {
          const first = ids.toSorted()
          expect(idsOf(yield* store.knn(near([1, 1], k)))).toEqual(first.slice(0, k))
          expect(idsOf(yield* store.knn(near([0, 0], k)))).toEqual(["zz", ...first].slice(0, k))
        }
      }))

    test("breaks ties of vectors that differ and are equally far", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([
          record("d", [0, 5]),
          record("c", [3, 4]),
          record("b", [-5, 0]),
          record("a", [4, -3]),
          record("e", [1, 0]),
        ])
        for (let k = 1; k <= 5; k++) {
          expect(idsOf(yield* store.knn(near([0, 0], k)))).toEqual(
            ["e", "a", "b", "c", "d"].slice(0, k),
          )
        }
      }))

    test("tells apart what 32 bits cannot", (store) =>
      Effect.gen(function* () {
        // Squares of these distances are equal with 32 bits and with 64 they are not.
        yield* store.insertMany([
          record("a", [4097, 1.5]),
          record("b", [4097, 1]),
          record("c", [4097, 0.5]),
          record("d", [4097, 0.25]),
        ])
        for (let k = 1; k <= 4; k++) {
          expect(idsOf(yield* store.knn(near([0, 0], k)))).toEqual(["d", "c", "b", "a"].slice(0, k))
        }
      }))

    test("is right about numbers whose squares 32 bits do not hold", (store) =>
      Effect.gen(function* () {
        for (const [kind, size] of Object.entries({ great: 1e30, small: 1e-30 })) {
          yield* store.insertMany([
            record("c", [3 * size, 0], { kind }),
            record("b", [2 * size, 0], { kind }),
            record("a", [0, 4 * size], { kind }),
          ])
          for (let k = 1; k <= 3; k++) {
            expect(idsOf(yield* store.knn(near([0, 0], k, { kind })))).toEqual(
              ["b", "c", "a"].slice(0, k),
            )
          }
          const cosine = { kind: `${kind}-cosine`, metric: "cosine" } as const
          yield* store.insertMany([
            record("c", [size, size], cosine),
            record("b", [1, 0.1], cosine),
            record("a", [-size, 0], cosine),
          ])
          for (let k = 1; k <= 3; k++) {
            expect(idsOf(yield* store.knn(near([size, 0], k, { kind: cosine.kind })))).toEqual(
              ["b", "c", "a"].slice(0, k),
            )
          }
        }
      }))

    test("finds the nearest of those that are all infinitely far with 32 bits", (store) =>
      Effect.gen(function* () {
        const sizes = [9, 8, 7, 2, 3, 4, 5, 6]
        yield* store.insertMany(sizes.map((size) => record(`${size}`, [size * 1e30, 0])))
        for (let k = 1; k <= sizes.length; k++) {
          expect(idsOf(yield* store.knn(near([0, 0], k)))).toEqual(
            sizes.toSorted().map(String).slice(0, k),
          )
        }
      }))

    test("finds by angle what is so short that 32 bits get its length wrong", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([
          record("along", [short, 0], { metric: "cosine" }),
          record("aside", [1, 0.3], { metric: "cosine" }),
          record("farther", [1, 0.4], { metric: "cosine" }),
        ])
        expect(yield* store.knn(near([1, 0], 1))).toEqual([{ id: "along", distance: 0 }])
      }))

    test("breaks ties by id where the vector asked for is so short", (store) =>
      Effect.gen(function* () {
        const ids = ["e", "d", "a", "b", "c"]
        yield* store.insertMany(ids.map((id) => record(id, [1, 0.3], { metric: "cosine" })))
        for (let k = 1; k <= ids.length; k++) {
          expect(idsOf(yield* store.knn(near([short, 0], k)))).toEqual(ids.toSorted().slice(0, k))
        }
      }))

    test("counts what is at most so far away", (store) =>
      Effect.gen(function* () {
        for (const metric of ["l2", "cosine"] as const) {
          const of = { kind: metric, metric }
          yield* store.insertMany([
            record("a", [1, 0], of),
            record("b", [1, 0], of),
            record("c", [0, 1], of),
            record("d", [-1, 0], of),
            record("e", [1, 0], { ...of, version: 2 }),
          ])
          const at = (distance: number) =>
            store.countWithin({ kind: metric, version: 1, vector: [1, 0], distance })
          const across = metric === "l2" ? Math.SQRT2 : 1
          expect(yield* at(0)).toBe(2)
          expect(yield* at(across * 0.999)).toBe(2)
          expect(yield* at(across)).toBe(3)
          expect(yield* at(2)).toBe(4)
        }
        const unknown = { kind: "unknown", version: 1, vector: [1, 0], distance: 1 }
        expect(yield* store.countWithin(unknown)).toBe(0)
      }))

    test("sees every change, however often it was asked before", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [0, 0]), record("b", [1, 0])])
        for (let n = 0; n < 60; n++) {
          expect(idsOf(yield* store.knn(near([0, 0], 2)))).toEqual(["a", "b"])
        }
        yield* store.insert(record("a", [9, 9]))
        expect(idsOf(yield* store.knn(near([0, 0], 2)))).toEqual(["b", "a"])
        yield* store.insert(record("c", [0, 0]))
        expect(idsOf(yield* store.knn(near([0, 0], 2)))).toEqual(["c", "b"])
        yield* store.delete("ja3", "c")
        expect(idsOf(yield* store.knn(near([0, 0], 2)))).toEqual(["b", "a"])
      }))
  })
}
