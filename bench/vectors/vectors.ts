import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { getLoadablePath } from "sqlite-vec"
import { layerFake } from "../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { layerSqliteVec } from "../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../src/infra/vectorstore/VectorStore.ts"
import type { VectorRecord } from "../../src/projections/vectors/vectorsProjection.ts"
import { row, spread } from "../paired.ts"
import { temporary } from "../temporary.ts"

const k = 10
const questions = 40

/** The vectors: search and insert, beside sqlite-vec as it comes and as fast as it can be made. */
export const vectors = async (count: number, runs: number): Promise<void> => {
  for (const dimension of [64, 128]) await ofDimension(dimension, count, runs)
}

/** Everything inserted into new files, over and over. */
const inserting = Effect.fnUntraced(function* (
  directory: string,
  dimension: number,
  records: ReadonlyArray<VectorRecord>,
  runs: number,
) {
  console.log(`\nvectors: ${records.length} of ${dimension} dimensions inserted (${runs} rounds)`)
  const times = new Map<string, Array<number>>()
  const round = Effect.gen(function* () {
    for (const side of yield* emptySides(directory, dimension)) {
      const startedAt = performance.now()
      yield* Effect.promise(() => side.insert(records))
      const taken = performance.now() - startedAt
      times.set(side.name, [...(times.get(side.name) ?? []), taken])
    }
  })
  for (let done = 0; done < runs; done++) yield* Effect.scoped(round)
  report(times, rawName, "speed")
})

const rawName = "sqlite-vec as it comes"

const emptySides = Effect.fnUntraced(function* (directory: string, dimension: number) {
  for (const name of readdirSync(directory)) rmSync(join(directory, name))
  const mapped = ["journal_mode = WAL", "synchronous = NORMAL", "mmap_size = 1073741824"]
  return [
    yield* rawSide(rawName, join(directory, "raw.sqlite"), dimension, []),
    yield* rawSide("sqlite-vec, mapped", join(directory, "best.sqlite"), dimension, mapped),
    yield* storeSide(
      "our sqlite-vec",
      layerSqliteVec({ file: join(directory, "ours.sqlite"), mode: "read-write" }),
    ),
    yield* storeSide("our fake", layerFake()),
  ] as const
})

interface Side {
  readonly name: string
  readonly insert: (records: ReadonlyArray<VectorRecord>) => Promise<void>
  readonly nearest: (vector: Float32Array) => Promise<ReadonlyArray<string>>
}

const ofDimension = async (dimension: number, count: number, runs: number): Promise<void> => {
  const directory = temporary("vectors")
  const { records, queries } = clustered(dimension, count)
  const program = Effect.gen(function* () {
    yield* inserting(directory, dimension, records, runs)
    const sides = yield* emptySides(directory, dimension)
    const [raw, best, ours] = sides
    yield* Effect.promise(() => measure(sides, dimension, records, queries, runs))
    const one = yield* Effect.promise(() => singly(ours, records))
    console.log(row("one insert alone, ms", spread(one), 3))
    yield* Effect.promise(() => fromFile(raw, best, directory, queries, runs))
  })
  await Effect.runPromise(Effect.scoped(program))
}

const measure = async (
  sides: ReadonlyArray<Side>,
  dimension: number,
  records: ReadonlyArray<VectorRecord>,
  queries: ReadonlyArray<Float32Array>,
  runs: number,
): Promise<void> => {
  console.log(`\nvectors: ${records.length} of ${dimension} dimensions, k=${k} (${runs} rounds)`)
  for (const side of sides) await side.insert(records)
  const expected = queries.map((query) => bruteForce(records, query))
  const times = new Map<string, Array<number>>(sides.map(({ name }) => [name, []]))
  for (let round = 0; round < runs; round++) {
    for (const side of sides) times.get(side.name)?.push(await ask(side, queries, expected))
  }
  report(times, rawName, "time")
}

/** The first searches of a process, before a kind is read into memory. */
const fromFile = async (
  raw: Side,
  best: Side,
  directory: string,
  queries: ReadonlyArray<Float32Array>,
  runs: number,
): Promise<void> => {
  const few = queries.slice(0, 12)
  const name = "our sqlite-vec, from its file"
  const times = new Map<string, Array<number>>([raw, best, { name }].map((one) => [one.name, []]))
  for (let round = 0; round < runs; round++) {
    for (const side of [raw, best]) times.get(side.name)?.push(await ask(side, few))
    const opened = storeSide(
      name,
      layerSqliteVec({ file: join(directory, "ours.sqlite"), mode: "read-only" }),
    ).pipe(Effect.flatMap((side) => Effect.promise(() => ask(side, few))))
    times.get(name)?.push(await Effect.runPromise(Effect.scoped(opened)))
  }
  report(times, rawName, "time")
}

const report = (
  times: ReadonlyMap<string, ReadonlyArray<number>>,
  first: string,
  of: "time" | "speed",
): void => {
  const base = times.get(first) ?? []
  for (const [name, taken] of times) console.log(row(`${name}, ms`, spread(taken), 2))
  for (const [name, taken] of times) {
    if (name === first) continue
    const ratios = taken.map((time, index) => {
      const ratio = time / (base[index] ?? time)
      return of === "time" ? ratio : 1 / ratio
    })
    console.log(row(`${name}, ratio of ${of}`, spread(ratios), 2))
  }
}

/** The median time of a question; its answers must be those of brute force, where given. */
const ask = async (
  side: Side,
  queries: ReadonlyArray<Float32Array>,
  expected?: ReadonlyArray<ReadonlyArray<string>>,
): Promise<number> => {
  const times: Array<number> = []
  for (const [index, query] of queries.entries()) {
    const startedAt = performance.now()
    const found = await side.nearest(query)
    times.push(performance.now() - startedAt)
    if (expected !== undefined && found.join() !== expected[index]?.join()) {
      throw new Error(`${side.name} is wrong about question ${index}`)
    }
  }
  return spread(times).median
}

const singly = async (side: Side, records: ReadonlyArray<VectorRecord>) => {
  const times: Array<number> = []
  for (const [index, record] of records.slice(0, 200).entries()) {
    const startedAt = performance.now()
    await side.insert([{ ...record, kind: "alone", id: `alone ${index}` }])
    times.push(performance.now() - startedAt)
  }
  return times
}

const storeSide = <E>(name: string, layer: Layer.Layer<VectorStore, E>) =>
  Effect.map(Layer.build(layer), (context): Side => {
    const store = Context.get(context, VectorStore)
    return {
      name,
      insert: (records) => Effect.runPromise(store.insertMany(records)),
      nearest: async (vector) => {
        const found = await Effect.runPromise(store.knn({ kind: "bench", version: 1, vector, k }))
        return found.map(({ id }) => id)
      },
    }
  })

const rawSide = (name: string, file: string, dimension: number, pragmas: ReadonlyArray<string>) =>
  Effect.map(opened(file), (database): Side => {
    database.loadExtension(getLoadablePath())
    for (const pragma of pragmas) database.pragma(pragma)
    database.exec(`CREATE VIRTUAL TABLE v USING vec0(vector FLOAT[${dimension}])`)
    const insert = database.prepare("INSERT INTO v (rowid, vector) VALUES (?, ?)")
    const search = database.prepare<[Buffer], { rowid: number }>(
      `SELECT rowid, distance FROM v WHERE vector MATCH ? AND k = ${k}`,
    )
    const bytesOf = (vector: Float32Array) =>
      Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)
    return {
      name,
      insert: async (records) =>
        database.transaction(() => {
          for (const [index, { vector }] of records.entries()) {
            insert.run(BigInt(index), bytesOf(new Float32Array(vector)))
          }
        })(),
      nearest: async (vector) => search.all(bytesOf(vector)).map(({ rowid }) => String(rowid)),
    }
  })

const opened = (file: string) =>
  Effect.acquireRelease(
    Effect.sync(() => new Sqlite(file)),
    (database) => Effect.sync(() => database.close()),
  )

const bruteForce = (
  records: ReadonlyArray<VectorRecord>,
  query: Float32Array,
): ReadonlyArray<string> =>
  records
    .map(({ id, vector }) => {
      let sum = 0
      for (const [index, value] of query.entries()) sum += ((vector[index] ?? 0) - value) ** 2
      return { id, sum }
    })
    .sort((a, b) => a.sum - b.sum)
    .slice(0, k)
    .map(({ id }) => id)

/** Vectors around 200 centres, as those of sessions are. */
const clustered = (dimension: number, count: number) => {
  let state = 1
  const random = (): number => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const around = (centre: Float32Array): Float32Array =>
    centre.map((value) => value + (random() - 0.5) * 0.6)
  const centres = Array.from({ length: 200 }, () =>
    Float32Array.from({ length: dimension }, () => random() * 2 - 1),
  )
  const near = (index: number) => around(centres[index % 200] ?? new Float32Array(dimension))
  return {
    records: Array.from({ length: count }, (_, index): VectorRecord => {
      return { kind: "bench", id: `${index}`, version: 1, metric: "l2", vector: near(index) }
    }),
    queries: Array.from({ length: questions }, (_, index) => near(index * 7)),
  }
}
