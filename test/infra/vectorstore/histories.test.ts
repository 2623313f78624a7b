import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { describe, expect, it } from "vitest"
import { layerFake } from "../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../../../src/projections/vectors/vectorsProjection.ts"
import { seeded } from "../../crash/random.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"
import { NaiveVectors } from "./fake/NaiveVectors.ts"

const inFile = Layer.unwrap(
  Effect.map(temporaryDirectory, (directory) =>
    layerSqliteVec({ file: join(directory, "vectors.sqlite"), mode: "read-write" }),
  ),
)
const layers = { fake: layerFake(), "sqlite-vec": inFile }

describe.each(Object.entries(layers))("%s, after random changes", (_, layer) => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("answers as a naive model does (seed %i)", (seed) =>
    Effect.gen(function* () {
      const store = yield* VectorStore
      const model = new NaiveVectors()
      const random = seeded(seed)
      const below = (limit: number) => Math.floor(random() * limit)
      // Few numbers, few ids: much is equal, replaced and equally far.
      const few = 2 + below(3)
      const dimension = 1 + below(11)
      const vector = () => {
        const numbers = Array.from({ length: dimension }, (): number => below(few) - 1)
        return numbers.every((number) => number === 0) ? Array.from(numbers, () => 1) : numbers
      }
      const record = (): VectorRecord => {
        const cosine = random() < 0.5
        return {
          kind: cosine ? "cosine" : "l2",
          id: `${below(60)}`,
          version: 1 + below(2),
          metric: cosine ? "cosine" : "l2",
          vector: vector(),
        }
      }
      yield* store.insertMany([
        { ...record(), kind: "l2", metric: "l2", id: "first" },
        { ...record(), kind: "cosine", metric: "cosine", id: "first" },
      ])
      for (const kind of ["l2", "cosine"]) {
        const first = yield* store.get(kind, "first")
        if (first !== undefined) model.insert(first)
      }
      for (let step = 0; step < 250; step++) {
        const what = random()
        if (what < 0.2) {
          const { kind, id } = record()
          expect(yield* store.delete(kind, id)).toBe(model.delete(kind, id))
        } else if (what < 0.5) {
          const records = Array.from({ length: 1 + below(12) }, record)
          yield* store.insertMany(records)
          for (const one of records) model.insert(one)
        } else if (what < 0.6) {
          const { kind, id } = record()
          const kept = yield* store.get(kind, id)
          expect(kept && { ...kept, vector: Array.from(kept.vector) }).toEqual(
            toPlain(model.get(kind, id)),
          )
        } else {
          const query = { ...record(), k: 1 + below(random() < 0.2 ? 100 : 8) }
          expect(yield* store.knn(query)).toEqual(model.knn(query))
        }
      }
      expect((yield* store.health).vectors).toBe(model.records.size)
    }).pipe(Effect.provide(layer), Effect.scoped, Effect.runPromise),
  )
})

describe("the layers that keep something", () => {
  it.each([11, 12, 13, 14])("agree on any numbers, to the last bit (seed %i)", (seed) =>
    Effect.gen(function* () {
      const random = seeded(seed)
      const dimension = 1 + Math.floor(random() * 70)
      const size = 10 ** (random() * 8 - 4)
      const vector = () => Array.from({ length: dimension }, () => (random() - 0.5) * size)
      const records = (["l2", "cosine"] as const).flatMap((metric) =>
        Array.from({ length: 700 }, (__, n) => ({
          ...{ kind: metric, id: `${n}`, version: 1, metric },
          vector: vector(),
        })),
      )
      const queries = records
        .filter((__, n) => n % 20 === 0)
        .map((one, n) => ({ ...one, vector: n % 2 === 0 ? one.vector : vector(), k: 1 + (n % 13) }))
      const answers = yield* Effect.forEach(Object.values(layers), (layer) =>
        Effect.gen(function* () {
          const store = yield* VectorStore
          yield* store.insertMany(records)
          return yield* Effect.forEach(queries, (query) => store.knn(query))
        }).pipe(Effect.provide(layer)),
      )
      expect(answers[0]?.length).toBe(70)
      expect(answers[1]).toEqual(answers[0])
    }).pipe(Effect.scoped, Effect.runPromise),
  )
})

const toPlain = (record: VectorRecord | undefined) =>
  record && { ...record, vector: Array.from(record.vector) }
