import Sqlite, { type Database } from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Scope } from "effect/Scope"
import {
  oldestReadableVersion,
  readModelSchema,
  readModelVersion,
} from "../../projections/schema.ts"
import { attempting } from "../sqlite/attempt.ts"
import { useWriteAheadLog } from "../sqlite/useWriteAheadLog.ts"

/** The read models cannot be read or written now; `reason` says why and what to do about it. */
export class ReadModelUnavailable extends Schema.TaggedError<ReadModelUnavailable>()(
  "ReadModelUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals([
      "disk-full",
      "read-only",
      "busy",
      "corrupt",
      "older-version",
      "other-version",
    ]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `the read models could not ${this.operation}: ${this.reason}`
  }
}

/** A switch has made another generation of the read models the current one; nothing was written. */
export class GenerationMoved extends Schema.TaggedError<GenerationMoved>()("GenerationMoved", {
  generation: Schema.Int,
  current: Schema.Int,
}) {
  override get message(): string {
    return `generation ${this.generation} of the read models is no longer the current one, generation ${this.current} is: start again from it`
  }
}

/**
 * The database that holds the read models. `attempt` runs a synchronous piece of work on it and
 * turns what SQLite says into {@link ReadModelUnavailable}; anything else that is thrown is a bug
 * and stays one.
 */
export interface OpenReadModel {
  readonly database: Database
  readonly attempt: <A>(
    operation: string,
    work: (database: Database) => A,
  ) => Effect.Effect<A, ReadModelUnavailable>
  /** The same in a transaction that holds only if this generation is the current one. */
  readonly commit: <A>(
    operation: string,
    work: (database: Database) => A,
  ) => Effect.Effect<A, ReadModelUnavailable | GenerationMoved>
  /** Fails once another generation has become the current one. */
  readonly stillCurrent: Effect.Effect<void, ReadModelUnavailable | GenerationMoved>
  /** Opens the generation that is current now, for as long as the scope is open. */
  readonly current: Effect.Effect<OpenReadModel, ReadModelUnavailable, Scope>
}

/** The generation of the read models that was current when it was opened. */
export class ReadModel extends Context.Service<ReadModel, OpenReadModel>()("credtrail/ReadModel") {
  /** Opens the file, creating the tables in a new one. Closed with the layer's scope. */
  static readonly layer = (
    options: ReadModelOptions,
  ): Layer.Layer<ReadModel, ReadModelUnavailable> => Layer.effect(ReadModel, openReadModel(options))
}

/** `live` is for writing beside others in a process that goes on: see `pagesWrittenBack`. */
export type ReadModelMode = "read-only" | "read-write" | "live"

export interface ReadModelOptions {
  readonly file: string
  readonly mode: ReadModelMode
  /** Which generation this is and which is current, for one among several. */
  readonly generation?: { readonly no: number; readonly current: () => number }
  /** Opens the generation that is current when asked; without it, there is only this one. */
  readonly reopen?: Effect.Effect<OpenReadModel, ReadModelUnavailable, Scope>
}

/** Opens the read models in a file until the scope is closed. */
export const openReadModel = Effect.fnUntraced(function* (
  options: ReadModelOptions,
): Effect.fn.Return<OpenReadModel, ReadModelUnavailable, Scope> {
  const database = yield* Effect.acquireRelease(
    attempt("open", () => open(options.file, options.mode)),
    (opened) => Effect.sync(() => opened.close()),
  )
  const { generation } = options
  const mustBeCurrent = (): void => {
    const current = generation?.current()
    if (generation === undefined || current === undefined || current === generation.no) return
    throw new GenerationMoved({ generation: generation.no, current })
  }
  const self: OpenReadModel = {
    database,
    attempt: (operation, work) => attempt(operation, () => work(database)),
    commit: (operation, work) =>
      attemptCurrent(operation, () =>
        database
          .transaction(() => {
            mustBeCurrent()
            return work(database)
          })
          .immediate(),
      ),
    stillCurrent: attemptCurrent("look which generation is current", mustBeCurrent),
    current: options.reopen ?? Effect.suspend(() => Effect.succeed(self)),
  }
  return self
})

const attempt = attempting(
  (operation, failure) => new ReadModelUnavailable({ operation, ...failure }),
  (thrown) => thrown instanceof ReadModelUnavailable,
)

const attemptCurrent = attempting<ReadModelUnavailable | GenerationMoved>(
  (operation, failure) => new ReadModelUnavailable({ operation, ...failure }),
  (thrown) => thrown instanceof ReadModelUnavailable || thrown instanceof GenerationMoved,
)

// The read models can be built anew from the log, so a power cut may cost them their last moments
// (synchronous NORMAL) but never their consistency.
const open = (file: string, mode: ReadModelMode): Database => {
  const database = new Sqlite(file, { readonly: mode === "read-only", timeout: 5000 })
  try {
    prepare(database, mode)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/**
 * How much gathers before it is written back. 128 MiB: a batch writes all over the tables, and a page
 * that several batches have changed is written back once. But while pages are written back nothing
 * else goes on, so that a service does so with 8 MiB.
 */
const pagesWrittenBack = { "read-write": 32_000, live: 2_000 }

const prepare = (database: Database, mode: ReadModelMode): void => {
  if (mode !== "read-only") {
    useWriteAheadLog(database)
    database.pragma("synchronous = NORMAL")
    database.pragma(`wal_autocheckpoint = ${pagesWrittenBack[mode]}`)
  }
  database.pragma("cache_size = -32768")
  database.pragma("temp_store = MEMORY")
  if (mode !== "read-only") database.transaction(() => createIfNew(database)).immediate()
  else checkVersion(database, oldestReadableVersion)
}

const createIfNew = (database: Database): void => {
  if (database.pragma("user_version", { simple: true }) === 0) {
    database.exec(readModelSchema)
    database.pragma(`user_version = ${readModelVersion}`)
  }
  checkVersion(database, readModelVersion)
}

/** Whether an older version of credtrail has made the read models, as its fold was. */
export const isOlder = (database: Database): boolean => versionOf(database) < readModelVersion

const versionOf = (database: Database): number =>
  Number(database.pragma("user_version", { simple: true }))

const checkVersion = (database: Database, oldest: number): void => {
  const version = versionOf(database)
  if (version >= oldest && version <= readModelVersion) return
  if (version === 0) {
    throw new ReadModelUnavailable({
      operation: "open",
      kind: "other-version",
      reason: "they are just being made. Wait a moment and try again",
    })
  }
  if (version < readModelVersion) {
    throw new ReadModelUnavailable({
      operation: "open",
      kind: "older-version",
      reason: `they were made by an older version of credtrail (theirs is ${version}, this one knows ${readModelVersion}). The next credtrail run, ingest or rebuild builds them anew from the log; until that has ended, the older credtrail can read them`,
    })
  }
  throw new ReadModelUnavailable({
    operation: "open",
    kind: "other-version",
    reason: `they were made by a newer version of credtrail (theirs is ${version}, this one knows ${readModelVersion}). Use that one. To go back to this one, run credtrail rollback; where there is no earlier generation, move readmodel.sqlite, its -wal and -shm files and the directory generations away: they are built anew from the log by the next credtrail ingest or run`,
  })
}
