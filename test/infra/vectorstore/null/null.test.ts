import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { layerNull } from "../../../../src/infra/vectorstore/null/NullVectorStore.ts"
import { VectorStore } from "../../../../src/infra/vectorstore/VectorStore.ts"
import { near, record } from "../conformance/ConformanceTest.ts"
import { checkpointOf, eventAt, foldUpTo, putAll } from "../transactions.ts"

it("a null store lets everything succeed, keeps nothing and says so", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* VectorStore
      yield* store.insert(record("a", [1, 2]))
      yield* store.insertMany([record("a", [1]), record("", [Number.NaN])])
      expect(yield* store.get("ja3", "a")).toBeUndefined()
      expect(yield* store.knn(near([1, 2], 3))).toEqual([])
      expect(yield* store.delete("ja3", "a")).toBe(false)
      expect(yield* store.kinds).toEqual([])
      const contents = yield* Effect.scoped(store.beginRebuild(undefined))
      expect(yield* putAll(contents, [record("", [Number.NaN])])).toEqual([])
      yield* contents.promote(() => Effect.succeed("new"))
      expect([yield* contents.digests, yield* store.digests]).toEqual([[], []])
      const to = eventAt("0000000000000003")
      expect(yield* foldUpTo(store, to, [record("a", [1])])).toEqual([])
      expect(yield* checkpointOf(store)).toEqual({ position: to.position, commitNo: 1 })
      expect(yield* store.health).toEqual({
        backend: "null",
        location: null,
        kinds: 0,
        vectors: 0,
        fallback: null,
        problem: null,
      })
    }).pipe(Effect.provide(layerNull)),
  ))
