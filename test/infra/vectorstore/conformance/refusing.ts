import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { VectorRecord } from "../../../../src/projections/vectors/vectorsProjection.ts"
import { type ConformanceTest, near, record } from "./ConformanceTest.ts"

const good = record("good", [1, 2])
const cosine = record("good", [1, 2], { kind: "angle", metric: "cosine" })

/** What no store takes; that kinds "ja3" and "angle" have two dimensions is known. */
const refused: Readonly<Record<string, VectorRecord>> = {
  "too few dimensions": record("a", [1]),
  "too many dimensions": record("a", [1, 2, 3]),
  "another metric than its kind's": record("a", [1, 2], { metric: "cosine" }),
  "a metric that there is not": { ...record("a", [1, 2]), metric: "dot" as "l2" }, // as from outside
  NaN: record("a", [1, Number.NaN]),
  infinity: record("a", [Number.NEGATIVE_INFINITY, 1]),
  "a number that is infinite as a 32-bit float": record("a", [1e39, 1]),
  "a zero vector by angle": record("a", [0, -0], { kind: "angle", metric: "cosine" }),
  "what is a zero vector as 32-bit floats": record("a", [1e-60, 0], {
    kind: "angle",
    metric: "cosine",
  }),
  "no dimension": record("a", [], { kind: "new" }),
  "more dimensions than can be kept": {
    ...record("a", [], { kind: "new" }),
    vector: new Float32Array(8193).fill(1),
  },
  "an empty kind": record("a", [1, 2], { kind: "" }),
  "a kind with a letter beyond ASCII": record("a", [1, 2], { kind: "ja\u00e9" }),
  "a kind with a quote": record("a", [1, 2], { kind: 'ja"; DROP TABLE kinds; --' }),
  "a kind that is too long": record("a", [1, 2], { kind: "k".repeat(65) }),
  "an empty id": record("", [1, 2]),
  "an id with a control character": record("a\u0000b", [1, 2]),
  "an id with half a surrogate pair": record("a\ud800", [1, 2]),
  "an id that is too long": record("i".repeat(513), [1, 2]),
  "version 0": record("a", [1, 2], { version: 0 }),
  "half a version": record("a", [1, 2], { version: 1.5 }),
}

/** What a store does not take, and that nothing is stored then. */
export const refusing = (test: ConformanceTest): void => {
  describe("when refusing", () => {
    for (const [what, bad] of Object.entries(refused)) {
      test(`refuses ${what}, and the whole call it is in`, (store) =>
        Effect.gen(function* () {
          yield* store.insertMany([good, cosine])
          const before = yield* store.kinds
          const error = yield* Effect.flip(store.insert(bad))
          expect(error).toMatchObject({ _tag: "VectorRefused", kind: bad.kind, id: bad.id })
          expect(error.message.length).toBeGreaterThan(30)
          yield* Effect.flip(
            store.insertMany([record("other", [3, 4]), bad, record("x", [1], { kind: "fresh" })]),
          )
          expect(yield* store.kinds).toEqual(before)
          expect(yield* store.get("ja3", "other")).toBeUndefined()
          expect((yield* store.get("ja3", "good"))?.vector).toEqual(Float32Array.of(1, 2))
        }))
    }

    test("refuses a query of another dimension, with NaN, and a zero vector by angle", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([good, cosine])
        for (const query of [
          near([1], 1),
          near([1, 2, 3], 1),
          near([], 1),
          near([Number.NaN, 1], 1),
          near([1e39, 1], 1),
          near([0, 0], 1, { kind: "angle" }),
          near([1, 2], 1, { version: 0 }),
          near([1, 2], 1, { kind: "" }),
        ]) {
          expect(yield* Effect.flip(store.knn(query))).toMatchObject({ _tag: "VectorRefused" })
        }
      }))

    test("refuses a k that is no number of neighbours", (store) =>
      Effect.gen(function* () {
        yield* store.insert(good)
        for (const k of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
          expect(yield* Effect.flip(store.knn(near([1, 2], k)))).toMatchObject({
            _tag: "VectorRefused",
          })
        }
        expect(yield* Effect.flip(store.knn(near([1, 2], 0, { kind: "unknown" })))).toBeDefined()
      }))

    test("refuses to look up or delete under an illegal name", (store) =>
      Effect.gen(function* () {
        for (const [kind, id] of [
          ["", "a"],
          ["ja3", ""],
          ["ja 3", "a"],
        ] as const) {
          expect(yield* Effect.flip(store.get(kind, id))).toMatchObject({ _tag: "VectorRefused" })
          expect(yield* Effect.flip(store.delete(kind, id))).toMatchObject({ kind, id })
        }
      }))

    test("remembers the dimension and metric of a kind whose last vector is gone", (store) =>
      Effect.gen(function* () {
        yield* store.insert(good)
        yield* store.delete("ja3", "good")
        expect(yield* Effect.flip(store.insert(record("a", [1, 2, 3])))).toMatchObject({ id: "a" })
        expect(
          yield* Effect.flip(store.insert(record("a", [1, 2], { metric: "cosine" }))),
        ).toMatchObject({ id: "a" })
        yield* store.insert(record("a", [3, 4]))
        expect(yield* store.knn(near([3, 4], 1))).toEqual([{ id: "a", distance: 0 }])
        expect((yield* store.kinds)[0]).toMatchObject({ dimension: 2, metric: "l2" })
      }))

    test("does not know a kind of which everything was refused", (store) =>
      Effect.gen(function* () {
        yield* Effect.flip(store.insert(record("a", [Number.NaN], { kind: "new" })))
        expect(yield* store.kinds).toEqual([])
        yield* store.insert(record("a", [1, 2, 3], { kind: "new" }))
      }))
  })
}
