import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import { moveCheckpoint } from "../../../../src/projections/checkpoint.ts"
import { decisionsOf, keepDeadLetters } from "../../../../src/projections/deadLetters.ts"
import { checkpointOf, eventAt, foldUpTo, lastEventOf, putAll } from "../transactions.ts"
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

    test("keeps vectors and ledger together, or neither", (store) =>
      Effect.gen(function* () {
        const from = yield* checkpointOf(store)
        expect(yield* lastEventOf(store)).toBeUndefined()
        const to = eventAt("0000000000000007")
        yield* foldUpTo(store, to, [record("a", [1, 2])])
        const moved = { position: to.position, commitNo: from.commitNo + 1 }
        expect(yield* checkpointOf(store)).toEqual(moved)
        expect(yield* lastEventOf(store)).toEqual(to)
        expect(yield* store.get("ja3", "a")).toBeDefined()
        const failing = store.commit("fail", ({ database, put }) => {
          put(record("b", [1, 2]))
          moveCheckpoint(database, "vectors", moved, beginning, 0)
          throw new TypeError("a bug")
        })
        expect(Exit.isFailure(yield* Effect.exit(failing))).toBe(true)
        expect(yield* store.get("ja3", "b")).toBeUndefined()
        expect(yield* checkpointOf(store)).toEqual(moved)
      }))

    test("says of each vector in a transaction why it is refused, and keeps the others", (store) =>
      Effect.gen(function* () {
        const refused = yield* putAll(store, [
          record("wrong", [], { kind: "new" }),
          record("a", [1, 2]),
          record("b", [1]),
          record("c", [3, 4]),
          record("first", [1, 2, 3], { kind: "new" }),
        ])
        expect(refused).toEqual([
          expect.stringContaining('"wrong"'),
          expect.stringMatching(/"b" .*1 dimensions, this kind has 2/),
        ])
        expect(idsOf(yield* store.knn(near([1, 2], 5)))).toEqual(["a", "c"])
        expect(yield* store.get("new", "first")).toBeDefined()
      }))

    test("builds all again beside what is there, and answers from it only in the end", (store) =>
      Effect.gen(function* () {
        const to = eventAt("0000000000000007")
        yield* foldUpTo(store, to, [record("a", [1, 2]), record("b", [1, 2, 3], { kind: "other" })])
        const [before, at] = [yield* store.digests, yield* checkpointOf(store)]
        const contents = yield* store.beginRebuild(undefined)
        expect((yield* checkpointOf(contents)).position).toBe(beginning)
        yield* putAll(contents, [record("c", [1, 2, 3], { metric: "cosine" })])
        yield* putAll(contents, [record("d", [1, 2, 5], { metric: "cosine" })])
        expect(yield* putAll(contents, [record("e", [1, 2])])).toHaveLength(1)
        expect(yield* store.digests).toEqual(before)
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["ja3", "other"])
        expect(idsOf(yield* store.knn(near([1, 2], 5)))).toEqual(["a"])
        const made = yield* contents.digests
        expect(made).toMatchObject([{ kind: "ja3", vectors: 2 }])
        yield* contents.promote((told) =>
          Effect.sync(() => {
            expect(told).toEqual(at)
            return "own" as const
          }),
        )
        expect(yield* store.digests).toEqual(made)
        expect(yield* checkpointOf(store)).toEqual(at)
        expect(yield* lastEventOf(store)).toEqual(to)
        expect(idsOf(yield* store.knn(near([1, 2, 3], 5)))).toEqual(["c", "d"])
        expect((yield* store.kinds).map(({ kind }) => kind)).toEqual(["ja3"])
        yield* store.insert(record("f", [3, 2, 1], { metric: "cosine" }))
        expect(yield* store.health).toMatchObject({ kinds: 1, vectors: 3 })
      }))

    test("builds one kind again, and leaves the others alone", (store) =>
      Effect.gen(function* () {
        yield* store.insertMany([record("a", [1, 2]), record("b", [1, 2], { kind: "other" })])
        const contents = yield* store.beginRebuild("ja3")
        yield* putAll(contents, [record("c", [1, 2, 3])])
        yield* contents.promote(() => Effect.succeed("own"))
        expect(yield* store.get("ja3", "a")).toBeUndefined()
        expect(yield* store.get("ja3", "c")).toBeDefined()
        expect(yield* store.get("other", "b")).toBeDefined()
      }))

    test("stays as it was where new contents do not come to an end", (store) =>
      Effect.gen(function* () {
        yield* store.insert(record("a", [1, 2]))
        const before = yield* store.digests
        yield* Effect.scoped(
          Effect.gen(function* () {
            const contents = yield* store.beginRebuild(undefined)
            yield* putAll(contents, [record("a", [7, 7])])
            const failing = contents.promote(() =>
              Effect.andThen(putAll(contents, [record("b", [7, 7])]), Effect.fail("not so")),
            )
            expect(yield* Effect.flip(failing)).toBe("not so")
            expect(yield* store.digests).toEqual(before)
          }),
        )
        const contents = yield* store.beginRebuild(undefined)
        expect(yield* contents.digests).toEqual([])
        expect(yield* store.digests).toEqual(before)
      }))

    test("goes on from where new contents are, where they are of another log", (store) =>
      Effect.gen(function* () {
        yield* foldUpTo(store, eventAt("0000000000000007"), [record("a", [1, 2])])
        const { commitNo } = yield* checkpointOf(store)
        const other = { ...eventAt("0000000000000003"), stream: "fingerprint-b" }
        const first = yield* store.beginRebuild(undefined)
        yield* foldUpTo(first, other, [])
        yield* first.promote(() => Effect.succeed("new"))
        expect(yield* lastEventOf(store)).toEqual(other)
        const at = { position: other.position, commitNo: commitNo + 1 }
        expect(yield* checkpointOf(store)).toEqual(at)
        const second = yield* store.beginRebuild(undefined)
        yield* second.promote(() => Effect.succeed("new"))
        expect(yield* lastEventOf(store)).toBeUndefined()
        const again = { position: beginning, commitNo: at.commitNo + 1 }
        expect(yield* checkpointOf(store)).toEqual(again)
        expect(yield* store.digests).toEqual([])
      }))

    test("takes over what new contents have set aside, whatever it had set aside", (store) =>
      Effect.gen(function* () {
        const setAside = (position: string) => ({
          ...{ projection: "vectors", position: position as Position, eventId: position },
          ...{ type: "attacker.fingerprinted", stream: "fingerprint-a", revision: 1 },
          ...{ reason: "for the test", findingId: null, retried: false },
        })
        yield* store.commit("set aside", ({ database }) =>
          keepDeadLetters(database, [setAside("1"), setAside("2")]),
        )
        const contents = yield* store.beginRebuild(undefined)
        const kept = [{ ...setAside("2"), retried: true }, setAside("3")]
        yield* contents.commit("set aside", ({ database }) => keepDeadLetters(database, kept))
        yield* contents.promote(() => Effect.succeed("own"))
        const decisions = yield* store.read("look", (ledger) => decisionsOf(ledger, "vectors"))
        expect([...decisions.values()]).toEqual(kept)
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
