import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { beginning } from "../../../../src/domain/event/position.ts"
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

    test("makes all anew beside what is there, and answers from it only in the end", (store) =>
      Effect.gen(function* () {
        const to = takenIn("0000000000000007")
        yield* store.takeIn(yield* store.checkpoint, to, [
          record("a", [1, 2]),
          record("b", [1, 2, 3], { kind: "other" }),
        ])
        const [before, at] = [yield* store.digests, yield* store.checkpoint]
        const anew = yield* store.beginAnew(undefined)
        yield* anew.add([record("c", [1, 2, 3], { metric: "cosine" })])
        yield* anew.add([record("d", [1, 2, 5], { metric: "cosine" })])
        expect(yield* Effect.flip(anew.add([record("e", [1, 2])]))).toMatchObject({ id: "e" })
        expect(yield* store.digests).toEqual(before)
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["ja3", "other"])
        expect(idsOf(yield* store.knn(near([1, 2], 5)))).toEqual(["a"])
        const made = yield* anew.digests
        expect(made).toMatchObject([{ kind: "ja3", vectors: 2 }])
        yield* anew.promote((told) => Effect.sync(() => void expect(told).toEqual(at)))
        expect(yield* store.digests).toEqual(made)
        expect(yield* store.checkpoint).toEqual(at)
        expect(yield* store.lastTakenIn).toEqual(to)
        expect(idsOf(yield* store.knn(near([1, 2, 3], 5)))).toEqual(["c", "d"])
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["ja3"])
        yield* store.insert(record("f", [3, 2, 1], { metric: "cosine" }))
        expect(yield* store.health).toMatchObject({ kinds: 1, vectors: 3 })
      }))

    test("makes one kind anew, and leaves the others alone", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [1, 2]), record("b", [1, 2], { kind: "other" })])
        const anew = yield* store.beginAnew("ja3")
        yield* anew.add([record("c", [1, 2, 3])])
        yield* anew.promote(() => Effect.succeed(undefined))
        expect(yield* store.get("ja3", "a")).toBeUndefined()
        expect(yield* store.get("ja3", "c")).toBeDefined()
        expect(yield* store.get("other", "b")).toBeDefined()
      }))

    test("stays as it was where what is made anew does not come to an end", (store) =>
      Effect.gen(function* () {
        yield* store.insert(record("a", [1, 2]))
        const before = yield* store.digests
        yield* Effect.scoped(
          Effect.gen(function* () {
            const anew = yield* store.beginAnew(undefined)
            yield* anew.add([record("a", [7, 7])])
            const failing = anew.promote(() =>
              Effect.andThen(anew.add([record("b", [7, 7])]), Effect.fail("not so")),
            )
            expect(yield* Effect.flip(failing)).toBe("not so")
            expect(yield* store.digests).toEqual(before)
          }),
        )
        const anew = yield* store.beginAnew(undefined)
        expect(yield* anew.digests).toEqual([])
        expect(yield* store.digests).toEqual(before)
      }))

    test("can be made anew from another log, or from one that has nothing for it", (store) =>
      Effect.gen(function* () {
        const to = takenIn("0000000000000007")
        yield* store.takeIn(yield* store.checkpoint, to, [record("a", [1, 2])])
        const other = { ...takenIn("0000000000000003"), stream: "fingerprint-b" }
        const first = yield* store.beginAnew(undefined)
        yield* first.promote(() => Effect.succeed(other))
        expect(yield* store.lastTakenIn).toEqual(other)
        const { commitNo } = yield* store.checkpoint
        const second = yield* store.beginAnew(undefined)
        yield* second.promote(() => Effect.succeed(null))
        expect(yield* store.lastTakenIn).toBeNull()
        expect(yield* store.checkpoint).toEqual({ position: beginning, commitNo: commitNo + 1 })
      }))

    test("tells contents apart by every number, id and version, and by nothing else", (store) =>
      Effect.gen(function* () {
        const digest = Effect.map(store.digests, ([only]) => only?.digest)
        const keep = (...records: ReadonlyArray<ReturnType<typeof record>>) =>
          Effect.gen(function* () {
            for (const { kind } of yield* store.kinds) {
              for (const id of ["a", "b"]) yield* store.delete(kind, id)
            }
            yield* store.insertMany(records)
            return yield* digest
          })
        const [a, b] = [record("a", [1, 2]), record("b", [3, 4])]
        const one = yield* keep(a, b)
        expect(one).toMatch(/^[0-9a-f]{16}$/)
        expect(yield* keep(b, a)).toBe(one)
        const others = yield* Effect.forEach(
          [
            [a],
            [a, record("b", [3, 5])],
            [a, { ...b, version: b.version + 1 }],
            [record("a", [3, 4]), record("b", [1, 2])],
          ],
          (records) => keep(...records),
        )
        expect(new Set([one, ...others]).size).toBe(5)
        yield* keep()
        expect(yield* store.digests).toEqual([])
      }))
  })
}
