import { existsSync, mkdirSync } from "node:fs"
import { dirname } from "node:path"
import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import {
  attemptReadModel,
  isOlder,
  openReadModelFile,
  ReadModel,
  type ReadModelMode,
  type ReadModelUnavailable,
} from "../ReadModel.ts"
import { fileOf, type GenerationRegistry, generationRegistry } from "./GenerationRegistry.ts"

interface CurrentOptions {
  readonly data: string
  readonly mode: ReadModelMode
}

/** The current generation of the read models in a data directory. */
export const layerCurrent = (
  options: CurrentOptions,
): Layer.Layer<ReadModel, ReadModelUnavailable> =>
  Layer.effect(
    ReadModel,
    Effect.gen(function* () {
      const registry = yield* generationRegistry(options.data)
      const current = yield* Effect.acquireRelease(
        attemptReadModel("open", () => followCurrent(options, registry)),
        (opened) => Effect.sync(opened.close),
      )
      return ReadModel.of({
        attempt: (operation, work) => attemptReadModel(operation, () => work(current.database())),
        commit: (operation, work) => attemptReadModel(operation, () => current.commit(work)),
      })
    }),
  )

/** Whether an older version of credtrail has made the current generation. */
export const isCurrentOlder = (data: string): Effect.Effect<boolean> =>
  ReadModel.use(({ attempt }) => attempt("read the version of the read models", isOlder)).pipe(
    Effect.provide(layerCurrent({ data, mode: "read-only" })),
    // What else is wrong with it shows when it is opened to be used.
    Effect.catch(({ kind }) => Effect.succeed(kind === "older-version")),
  )

interface Generation {
  readonly no: number
  readonly database: Database
}

/** The database of the current generation, opened again when that is another one. */
const followCurrent = (options: CurrentOptions, registry: GenerationRegistry) => {
  const currentNo = () => registry.read().current.no
  let opened = openGeneration(options, currentNo)
  const follow = (): Generation => {
    if (currentNo() !== opened.no) {
      const next = openGeneration(options, currentNo)
      opened.database.close()
      opened = next
    }
    return opened
  }
  return {
    database: () => follow().database,
    commit: <A>(work: (database: Database) => A): A => {
      while (true) {
        const { no, database } = follow()
        const committed = database
          .transaction(() =>
            // A switch needs the write lock that this holds: what is current now is so to the end.
            currentNo() === no ? { result: work(database) } : undefined,
          )
          .immediate()
        if (committed !== undefined) return committed.result
      }
    },
    close: () => {
      opened.database.close()
    },
  }
}

const openGeneration = (options: CurrentOptions, currentNo: () => number): Generation => {
  while (true) {
    const no = currentNo()
    const file = fileOf(options.data, no)
    // Its read models were deleted: they are made again in their place.
    if (options.mode !== "read-only") mkdirSync(dirname(file), { recursive: true })
    try {
      return { no, database: openReadModelFile({ file, mode: options.mode }) }
    } catch (cause) {
      // Two switches since the look, and the file is gone.
      if (currentNo() === no || existsSync(file)) throw cause
    }
  }
}
