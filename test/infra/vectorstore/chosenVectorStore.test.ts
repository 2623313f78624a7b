import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { describe, expect, it } from "vitest"
import { layerChosen } from "../../../src/infra/vectorstore/chosenVectorStore.ts"
import { layerSqliteVec } from "../../../src/infra/vectorstore/sqliteVec/SqliteVecStore.ts"
import { VectorStore } from "../../../src/infra/vectorstore/VectorStore.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"
import { record } from "./conformance/ConformanceTest.ts"
import { checkpointOf } from "./transactions.ts"

/** The store that an environment leads to, asked for its health, and what was logged. */
const healthIn = (
  env: Readonly<Record<string, string>>,
  options: {
    readonly extension?: string
    readonly data?: string
    readonly evenIfDamaged?: true
  } = {},
) =>
  Effect.gen(function* () {
    const logged: Array<string> = []
    const logger = Logger.make(({ message }) => void logged.push(String(message)))
    const data = options.data ?? (yield* temporaryDirectory)
    const health = yield* Effect.gen(function* () {
      const store = yield* VectorStore
      yield* store.insert(record("a", [1, 2]))
      return yield* store.health
    }).pipe(
      Effect.provide(layerChosen({ mode: "read-write", ...options, data })),
      Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env })),
      Effect.provide(Logger.layer([logger])),
    )
    return { health, logged, data }
  })

const run = <A, E>(work: Effect.Effect<A, E, import("effect/Scope").Scope>) =>
  Effect.runPromise(Effect.scoped(work))

const noFile = { extension: "/no/such/vec0.so" }

describe("the vector store that the environment asks for", () => {
  it("is sqlite-vec, in the data directory, if nothing is said", () =>
    run(
      Effect.gen(function* () {
        const { health, data, logged } = yield* healthIn({})
        expect(health).toEqual({
          backend: "sqlite-vec",
          location: join(data, "vectors.sqlite"),
          kinds: 1,
          vectors: 1,
          fallback: null,
          problem: null,
        })
        expect(logged).toEqual([])
      }),
    ))

  it("is in memory where its file is damaged, for who has other work, and refused for others", () =>
    run(
      Effect.gen(function* () {
        const data = yield* temporaryDirectory
        writeFileSync(join(data, "vectors.sqlite"), Buffer.alloc(8192, 7))
        const { health, logged } = yield* healthIn({}, { data, evenIfDamaged: true })
        expect(health).toMatchObject({ backend: "fake", vectors: 1 })
        expect(logged).toHaveLength(1)
        expect(logged[0]).toContain("move vectors.sqlite and its -wal and -shm away")
        const strict = { CREDTRAIL_VECTORSTORE_STRICT: "true" }
        for (const refused of [
          healthIn({}, { data }),
          healthIn(strict, { data, evenIfDamaged: true }),
        ]) {
          expect(yield* Effect.flip(refused)).toMatchObject({ kind: "corrupt" })
        }
      }),
    ))

  it("is in the file that is named", () =>
    run(
      Effect.gen(function* () {
        const directory = yield* temporaryDirectory
        const file = join(directory, "elsewhere", "v.db")
        const env = {
          CREDTRAIL_VECTORSTORE_TYPE: "sqlite_vec",
          CREDTRAIL_VECTORSTORE_PATH: file,
          CREDTRAIL_VECTORSTORE_STRICT: "true",
        }
        expect((yield* healthIn(env)).health).toMatchObject({ location: file, vectors: 1 })
        expect((yield* healthIn(env)).health).toMatchObject({ location: file, vectors: 1 })
      }),
    ))

  it("is the fake one if that is asked for, without a warning", () =>
    run(
      Effect.gen(function* () {
        const { health, logged } = yield* healthIn({ CREDTRAIL_VECTORSTORE_TYPE: "fake" })
        expect(health).toMatchObject({ backend: "fake", vectors: 1, fallback: null })
        expect(logged).toEqual([])
      }),
    ))

  it.each(["false", "FALSE", "no", "off", "0"])(
    "is none where ENABLED is %s, whatever else",
    (no) =>
      run(
        Effect.gen(function* () {
          for (const type of ["sqlite_vec", "fake", "qdrant"]) {
            const { health } = yield* healthIn(
              {
                CREDTRAIL_VECTORSTORE_ENABLED: no,
                CREDTRAIL_VECTORSTORE_TYPE: type,
                CREDTRAIL_VECTORSTORE_STRICT: "true",
              },
              noFile,
            )
            expect(health).toMatchObject({ backend: "null", kinds: 0, vectors: 0 })
          }
        }),
      ),
  )

  it.each(["qdrant", "SQLITE_VEC", "sqlite-vec"])("is an error for the type %j", (type) =>
    run(
      Effect.gen(function* () {
        const error = yield* Effect.flip(healthIn({ CREDTRAIL_VECTORSTORE_TYPE: type }))
        expect(error).toMatchObject({
          _tag: "VectorStoreMisconfigured",
          variable: "CREDTRAIL_VECTORSTORE_TYPE",
        })
        expect(error.message).toContain(`"${type}"`)
        expect(error.message).toMatch(/sqlite_vec.*fake.*ENABLED/)
      }),
    ),
  )

  it("is an error where a switch is neither on nor off", () =>
    run(
      Effect.gen(function* () {
        for (const variable of ["ENABLED", "STRICT"]) {
          const name = `CREDTRAIL_VECTORSTORE_${variable}`
          const error = yield* Effect.flip(healthIn({ [name]: "maybe" }))
          expect(error).toMatchObject({ _tag: "VectorStoreMisconfigured", variable: name })
        }
      }),
    ))

  it("is the fake one where sqlite-vec cannot be loaded: one warning, and said in its health", () =>
    run(
      Effect.gen(function* () {
        const { health, logged } = yield* healthIn({}, noFile)
        expect(health).toMatchObject({ backend: "fake", location: null, vectors: 1 })
        expect(health.fallback).toMatch(/sqlite-vec cannot be loaded.*no\/such/)
        expect(logged).toHaveLength(1)
        expect(logged[0]).toContain("in memory")
      }),
    ))

  it("is the fake one where what is loaded is no library at all", () =>
    run(
      Effect.gen(function* () {
        const extension = join(yield* temporaryDirectory, "vec0.so")
        writeFileSync(extension, "not a library")
        const { health, logged } = yield* healthIn({}, { extension })
        expect(health).toMatchObject({ backend: "fake", fallback: expect.any(String) })
        expect(logged).toHaveLength(1)
      }),
    ))

  it("is an error instead where the environment is strict", () =>
    run(
      Effect.gen(function* () {
        const error = yield* Effect.flip(healthIn({ CREDTRAIL_VECTORSTORE_STRICT: "true" }, noFile))
        expect(error).toMatchObject({ _tag: "VectorStoreUnavailable", kind: "no-extension" })
        expect(error.message).toMatch(/no\/such.*CREDTRAIL_VECTORSTORE_STRICT/)
      }),
    ))

  it("is an error where the file is something else, which is left as it is", () =>
    run(
      Effect.gen(function* () {
        const data = yield* temporaryDirectory
        const file = join(data, "vectors.sqlite")
        writeFileSync(file, "a letter to a friend, and by no means a database")
        const error = yield* Effect.flip(healthIn({}, { data }))
        expect(error).toMatchObject({ _tag: "VectorStoreUnavailable", kind: "corrupt" })
        expect(readFileSync(file, "utf8")).toContain("a letter")
      }),
    ))

  it("is rebuilt by who writes to it where an older version has made the file", () =>
    run(
      Effect.gen(function* () {
        const data = yield* temporaryDirectory
        const file = join(data, "vectors.sqlite")
        expect((yield* healthIn({}, { data })).health).toMatchObject({ vectors: 1 })
        const version = (change: number): void => {
          const database = new Sqlite(file)
          const known = Number(database.pragma("user_version", { simple: true }))
          database.exec("ALTER TABLE kinds RENAME TO sorts")
          database.pragma(`user_version = ${known + change}`)
          database.close()
        }
        version(-1)
        const reading = layerSqliteVec({ file, mode: "read-only" })
        const error = yield* Effect.flip(Effect.provide(VectorStore, reading))
        expect(error.message).toMatch(/an older version .* ingest, run or rebuild rebuilds it/)
        const { kinds, checkpoint } = yield* Effect.gen(function* () {
          const store = yield* VectorStore
          return { kinds: yield* store.kinds, checkpoint: yield* checkpointOf(store) }
        }).pipe(Effect.provide(layerSqliteVec({ file, mode: "read-write" })))
        expect({ kinds, position: checkpoint.position }).toEqual({ kinds: [], position: "" })
        expect((yield* healthIn({}, { data })).health).toMatchObject({ vectors: 1 })
        version(1)
        expect((yield* Effect.flip(healthIn({}, { data }))).message).toMatch(/a newer version/)
      }),
    ))
})
