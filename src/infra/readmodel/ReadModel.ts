import type { Database } from "better-sqlite3"
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
import { openDatabase } from "../sqlite/openDatabase.ts"
import { attempting } from "../sqlite/sqliteFailure.ts"

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

/** `live` is for a process that keeps running and does other work meanwhile. */
export type ReadModelMode = "read-only" | "read-write" | "live"

export interface ReadModelOptions {
  readonly file: string
  /** `scratch` is for what goes with its process. */
  readonly mode: ReadModelMode | "scratch"
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
    attemptReadModel("open", () => open(options.file, options.mode)),
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
    attempt: (operation, work) => attemptReadModel(operation, () => work(database)),
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

/** Works on a database of read models; what SQLite refuses is {@link ReadModelUnavailable}. */
export const attemptReadModel = attempting(ReadModelUnavailable)

const attemptCurrent = attempting(ReadModelUnavailable, GenerationMoved)

const profiles = {
  "read-only": "readModelReader",
  "read-write": "readModel",
  live: "liveReadModel",
  scratch: "scratchReadModel",
} as const

const open = (file: string, mode: ReadModelOptions["mode"]): Database =>
  openDatabase(profiles[mode], file, (database) => {
    if (mode === "read-only") checkVersion(database, oldestReadableVersion)
    else database.transaction(() => createIfNew(database)).immediate()
  })

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
