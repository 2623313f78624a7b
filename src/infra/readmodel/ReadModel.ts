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
    return `cannot ${this.operation}: ${this.reason}`
  }
}

/**
 * The read models. A switch to another generation is followed without notice: each call runs on the
 * generation that is current when it begins, and a commit on the one that is current to its end.
 */
export class ReadModel extends Context.Service<
  ReadModel,
  {
    /**
     * Runs a synchronous piece of work on the database. What SQLite refuses is
     * {@link ReadModelUnavailable}; anything else that is thrown is a bug and stays one.
     */
    readonly attempt: <A>(
      operation: string,
      work: (database: Database) => A,
    ) => Effect.Effect<A, ReadModelUnavailable>
    /** The same in a transaction that writes. */
    readonly commit: <A>(
      operation: string,
      work: (database: Database) => A,
    ) => Effect.Effect<A, ReadModelUnavailable>
  }
>()("credtrail/ReadModel") {
  /** Opens a file, creating the tables in a new one. Closed with the layer's scope. */
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
}

/** Read models in one file, whichever generation is current. */
export type OpenReadModel = ReadModel["Service"] & { readonly database: Database }

/** Opens the read models in a file until the scope is closed. */
export const openReadModel = (
  options: ReadModelOptions,
): Effect.Effect<OpenReadModel, ReadModelUnavailable, Scope> =>
  Effect.acquireRelease(
    attemptReadModel("open", () => openReadModelFile(options)),
    (opened) => Effect.sync(() => opened.close()),
  ).pipe(
    Effect.map(
      (database): OpenReadModel => ({
        database,
        attempt: (operation, work) => attemptReadModel(operation, () => work(database)),
        commit: (operation, work) =>
          attemptReadModel(operation, () => database.transaction(() => work(database)).immediate()),
      }),
    ),
  )

/** Works on a database of read models; what SQLite refuses is {@link ReadModelUnavailable}. */
export const attemptReadModel = attempting(ReadModelUnavailable)

const profiles = {
  "read-only": "readModelReader",
  "read-write": "readModel",
  live: "liveReadModel",
  scratch: "scratchReadModel",
} as const

/** Opens the read models in a file, or throws. */
export const openReadModelFile = ({ file, mode }: ReadModelOptions): Database =>
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
      operation: "open the read models",
      kind: "other-version",
      reason: "they are being created. Wait a moment and try again",
    })
  }
  if (version < readModelVersion) {
    throw new ReadModelUnavailable({
      operation: "open the read models",
      kind: "older-version",
      reason: `they were made by an older version of credtrail (theirs is ${version}, this one knows ${readModelVersion}). The next credtrail run, ingest or rebuild rebuilds them from the log; until that has ended, the older credtrail can read them`,
    })
  }
  throw new ReadModelUnavailable({
    operation: "open the read models",
    kind: "other-version",
    reason: `they were made by a newer version of credtrail (theirs is ${version}, this one knows ${readModelVersion}). Use that one. To go back to this one, run credtrail rollback; where there is no earlier generation, move readmodel.sqlite, its -wal and -shm files and the directory generations away: they are rebuilt from the log by the next credtrail ingest or run`,
  })
}
