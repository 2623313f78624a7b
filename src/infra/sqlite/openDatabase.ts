import Sqlite, { type Database, SqliteError } from "better-sqlite3"

interface Profile {
  readonly readonly?: true
  /** How long a statement waits for another process's lock, in milliseconds; by default 5,000. */
  readonly timeout?: number
  /** Write-ahead logging: readers and the writer do not wait for each other. */
  readonly writeAhead?: true
  readonly pragmas?: ReadonlyArray<string>
}

const readModel = {
  writeAhead: true,
  pragmas: [
    // They can be rebuilt from the log: a power cut may cost the last moments, never consistency.
    "synchronous = NORMAL",
    // 128 MiB. A batch writes all over the tables; a page changed by several is written back once.
    "wal_autocheckpoint = 32000",
    "cache_size = -32768",
    "temp_store = MEMORY",
  ],
} as const satisfies Profile

/** How each kind of database is opened. A negative cache size is in KiB. */
const profiles = {
  log: {
    writeAhead: true,
    pragmas: [
      // Stricter than the read models: after a power cut they must not know what the log has lost.
      "synchronous = FULL",
      // 4 MiB. Event ids are random, so appends touch pages all over their index and a longer log
      // would write fewer of them back. But everything else waits meanwhile: 4 MiB take under 0.1 s.
      "wal_autocheckpoint = 1000",
      "cache_size = -65536", // for the index of ids
    ],
  },
  logReader: { readonly: true, pragmas: ["cache_size = -8192"] }, // reads the log once through
  idIndex: { writeAhead: true, pragmas: ["synchronous = NORMAL"] },
  // Deleted bytes are overwritten: rejected lines are erased too.
  ingestRecord: { writeAhead: true, pragmas: ["synchronous = NORMAL", "secure_delete = ON"] },
  ingestRecordReader: { readonly: true },
  readModel,
  // 8 MiB: nothing else runs in a service while pages are written back.
  liveReadModel: { ...readModel, pragmas: [...readModel.pragmas, "wal_autocheckpoint = 2000"] },
  // Gone with its process, so it need not survive a power cut.
  scratchReadModel: { ...readModel, pragmas: [...readModel.pragmas, "synchronous = OFF"] },
  readModelReader: { readonly: true, pragmas: ["cache_size = -32768", "temp_store = MEMORY"] },
  generations: { writeAhead: true, pragmas: ["synchronous = FULL"] },
  // Writable all the same: after a crash the first reader has to recover the file.
  generationsReader: {},
  // Writes to neither of the two generations attached to it. What it pairs spills to temporary files.
  generationDiff: { pragmas: ["temp_store = FILE", "temp.cache_size = -16384"] },
  // Holds the write lock of a live generation, after its writer's last batch.
  fence: { timeout: 10_000 },
  // Whether another process holds the lock must show at once.
  lock: { timeout: 0 },
  lockProbe: { readonly: true, timeout: 0 },
  vectors: {
    writeAhead: true,
    pragmas: [
      "synchronous = NORMAL",
      // 1 GiB of address space, not of memory: vectors are searched where they are in the file.
      "mmap_size = 1073741824",
      "cache_size = -32768",
    ],
  },
  vectorsReader: { readonly: true, pragmas: ["mmap_size = 1073741824", "cache_size = -32768"] },
  vault: {
    writeAhead: true,
    pragmas: [
      // A capture must not name a secret that a power cut has taken.
      "synchronous = FULL",
      // Deleted bytes are overwritten: an erased secret must not be found on a free page.
      "secure_delete = ON",
      // Digests are random: a new one may go into any page, and each batch changes most of them. 32 MiB.
      "cache_size = -16384",
      "wal_autocheckpoint = 8000",
    ],
  },
  inspection: { readonly: true },
  memory: {},
} as const satisfies Readonly<Record<string, Profile>>

export type DatabaseProfile = keyof typeof profiles

/**
 * Opens a SQLite file (or `:memory:`) as its kind of database is opened. `prepare` runs first, on
 * the bare connection: it checks what the file is and creates tables, so that a file which is
 * something else is left as it was. Throws what SQLite or `prepare` throws, and then leaves nothing
 * open.
 */
export const openDatabase = (
  profile: DatabaseProfile,
  file: string,
  prepare?: (database: Database) => void,
): Database => {
  const { readonly, timeout = 5000, writeAhead, pragmas = [] }: Profile = profiles[profile]
  const database = new Sqlite(file, { readonly: readonly === true, timeout })
  try {
    prepare?.(database)
    if (writeAhead) switchToWriteAhead(database, timeout)
    for (const pragma of pragmas) database.pragma(pragma)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/**
 * Removes all traces of deleted rows from the file and its write-ahead log. `secure_delete` overwrites
 * a row in place, but a page that was split or merged may hold an older copy until VACUUM rewrites the
 * file. Throws SQLite's busy error if a reader is in the way.
 */
export const scrub = (database: Database): void => {
  database.exec("VACUUM")
  if (database.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) !== 0) {
    throw new SqliteError("another process is reading it; run the command again", "SQLITE_BUSY")
  }
}

const pause = 5

// SQLite does not wait for other processes in this one step, whatever the timeout: of several that
// open a new file at once, all but one would be refused.
const switchToWriteAhead = (database: Database, timeout: number): void => {
  const until = Date.now() + timeout
  while (!isSwitched(database, until)) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause)
  }
}

const isSwitched = (database: Database, until: number): boolean => {
  try {
    database.pragma("journal_mode = WAL")
    return true
  } catch (cause) {
    const isBusy = cause instanceof SqliteError && cause.code.startsWith("SQLITE_BUSY")
    if (isBusy && Date.now() < until) return false
    throw cause
  }
}
