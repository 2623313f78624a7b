import Sqlite, { type Database } from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { readModelSchema, readModelVersion } from "../../projections/schema.ts"
import { attempting } from "../sqlite/attempt.ts"

/** The read models cannot be read or written now; `reason` says why and what to do about it. */
export class ReadModelUnavailable extends Schema.TaggedError<ReadModelUnavailable>()(
  "ReadModelUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals(["disk-full", "read-only", "busy", "corrupt", "other-version"]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `the read models could not ${this.operation}: ${this.reason}`
  }
}

/**
 * The database that holds the read models. `attempt` runs a synchronous piece of work on it and
 * turns what SQLite says into {@link ReadModelUnavailable}; anything else that is thrown is a bug
 * and stays one.
 */
export class ReadModel extends Context.Service<
  ReadModel,
  {
    readonly database: Database
    readonly attempt: <A>(
      operation: string,
      work: (database: Database) => A,
    ) => Effect.Effect<A, ReadModelUnavailable>
  }
>()("credtrail/ReadModel") {
  /** Opens the file, creating the tables in a new one. Closed with the layer's scope. */
  static readonly layer = (options: {
    readonly file: string
    readonly mode: "read-write" | "read-only"
  }): Layer.Layer<ReadModel, ReadModelUnavailable> =>
    Layer.effect(
      ReadModel,
      Effect.gen(function* () {
        const database = yield* Effect.acquireRelease(
          attempt("open", () => open(options.file, options.mode)),
          (opened) => Effect.sync(() => opened.close()),
        )
        return ReadModel.of({
          database,
          attempt: (operation, work) => attempt(operation, () => work(database)),
        })
      }),
    )
}

const attempt = attempting(
  (operation, failure) => new ReadModelUnavailable({ operation, ...failure }),
  (thrown) => thrown instanceof ReadModelUnavailable,
)

// The read models can be built anew from the log, so a power cut may cost them their last moments
// (synchronous NORMAL) but never their consistency.
const open = (file: string, mode: "read-write" | "read-only"): Database => {
  const database = new Sqlite(file, { readonly: mode === "read-only", timeout: 5000 })
  try {
    prepare(database, mode)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

const prepare = (database: Database, mode: "read-write" | "read-only"): void => {
  if (mode === "read-write") {
    database.pragma("journal_mode = WAL")
    database.pragma("synchronous = NORMAL")
    // 128 MiB: a batch writes all over the tables, and a page that several batches have changed
    // is written back once.
    database.pragma("wal_autocheckpoint = 32000")
  }
  database.pragma("cache_size = -32768")
  database.pragma("temp_store = MEMORY")
  if (mode === "read-write") database.transaction(() => createIfNew(database)).immediate()
  else checkVersion(database)
}

const createIfNew = (database: Database): void => {
  if (database.pragma("user_version", { simple: true }) === 0) {
    database.exec(readModelSchema)
    database.pragma(`user_version = ${readModelVersion}`)
  }
  checkVersion(database)
}

const checkVersion = (database: Database): void => {
  const version = database.pragma("user_version", { simple: true })
  if (version === readModelVersion) return
  if (version === 0) {
    throw new ReadModelUnavailable({
      operation: "open",
      kind: "other-version",
      reason: "they are just being made. Wait a moment and try again",
    })
  }
  throw new ReadModelUnavailable({
    operation: "open",
    kind: "other-version",
    reason: `they have version ${version}, this credtrail knows ${readModelVersion}. Move readmodel.sqlite and its -wal and -shm files away: they are built anew from the log by the next credtrail ingest or run`,
  })
}
