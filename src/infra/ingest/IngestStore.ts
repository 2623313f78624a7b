import Sqlite, { type Database } from "better-sqlite3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { RejectReason } from "../sources/SourceAdapter.ts"
import { openDatabase, scrub } from "../sqlite/openDatabase.ts"
import { attempting } from "../sqlite/sqliteFailure.ts"

/** The record of what has been read cannot be read or written now. */
export class IngestStoreUnavailable extends Schema.TaggedError<IngestStoreUnavailable>()(
  "IngestStoreUnavailable",
  {
    operation: Schema.String,
    kind: Schema.Literals(["disk-full", "read-only", "busy", "corrupt"]),
    reason: Schema.String,
  },
) {
  override get message(): string {
    return `cannot ${this.operation}: ${this.reason}`
  }
}

/**
 * How far a file has been read. It is recognised by its content, so that it may be renamed or
 * compressed: by its first bytes, and by those just before where reading stopped.
 */
export interface ReadFile {
  readonly fileId: number
  readonly path: string
  readonly headLength: number
  readonly headDigest: string
  readonly consumed: number
  readonly tailDigest: string
  readonly lines: number
}

/** A line that was not understood; `bytes` is all of it up to a limit, and sealed where it is kept. */
export interface RejectedLine {
  readonly line: number
  readonly offset: number
  readonly reason: RejectReason
  readonly bytes: Uint8Array
  readonly length: number
}

/** A session that has begun and is not known to be over, by its name, with its facts as JSON. */
export interface StoredSession {
  readonly session: string
  readonly facts: string
}

/** What was read of a file since its record said that it was read up to `before`. */
export interface FileProgress extends ReadFile {
  readonly before: number
  readonly rejects: ReadonlyArray<RejectedLine>
  /** Lines that were rejected before, and are understood now. */
  readonly understood: ReadonlyArray<number>
}

/** What has become of the open sessions of a source since they were last recorded. */
export interface SessionChanges {
  readonly source: string
  readonly open: ReadonlyArray<StoredSession>
  /** The names of those that are over. */
  readonly over: ReadonlyArray<string>
}

/** A rejected line as it is read back. */
export interface StoredReject extends RejectedLine {
  readonly source: string
  readonly file: string
}

const schema = `
CREATE TABLE IF NOT EXISTS files (
  file_id INTEGER PRIMARY KEY,
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  head_length INTEGER NOT NULL,
  head_digest TEXT NOT NULL,
  consumed INTEGER NOT NULL,
  tail_digest TEXT NOT NULL,
  lines INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS files_begun ON files (source, path) WHERE consumed = 0;
CREATE INDEX IF NOT EXISTS files_read ON files (source, head_length, head_digest) WHERE consumed > 0;
CREATE TABLE IF NOT EXISTS rejected_lines (
  file_id INTEGER NOT NULL,
  line INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  reason TEXT NOT NULL,
  bytes BLOB NOT NULL,
  length INTEGER NOT NULL,
  PRIMARY KEY (file_id, offset, line, reason)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS open_sessions (
  source TEXT NOT NULL,
  session TEXT NOT NULL,
  facts TEXT NOT NULL,
  PRIMARY KEY (source, session)
) STRICT, WITHOUT ROWID;
`

/** Makes the digest that a stretch of a file is recognised by. */
export type DigestOfStretch = (bytes: Uint8Array) => string

type Attempted<A> = Effect.Effect<A, IngestStoreUnavailable>

/**
 * What has been read of which file, and the lines that were not understood. It saves work and
 * keeps rejects; that nothing is appended twice does not depend on it.
 */
export class IngestStore extends Context.Service<
  IngestStore,
  {
    /** The files of a source that begin like this one: `head` is the first 1,024 bytes or all. */
    readonly filesLike: (
      source: string,
      head: Uint8Array,
      digestOf: DigestOfStretch,
    ) => Attempted<ReadonlyArray<ReadFile>>
    /**
     * Begins the record of a file; its progress comes later. One that was begun for this path and
     * has no progress yet is taken up again, unless it is `claimed`.
     */
    readonly addFile: (
      source: string,
      path: string,
      claimed: { readonly has: (fileId: number) => boolean },
    ) => Attempted<number>
    /**
     * Records how far files of a source have been read, their rejects, and the sessions that are
     * open, together; if each was read up to `before` until now. Answers whether it was: if not,
     * another process is reading one of them, and nothing is recorded.
     */
    readonly saveProgress: (
      files: ReadonlyArray<FileProgress>,
      sessions: SessionChanges,
    ) => Attempted<boolean>
    /** The sessions of a source that are open, as far as its files have been read. */
    readonly openSessions: (source: string) => Attempted<ReadonlyArray<StoredSession>>
    /** Records where a file is now. */
    readonly moveFile: (fileId: number, path: string) => Attempted<void>
    /** Forgets the rejects behind an offset: what follows it is being read again. */
    readonly forgetRejectsAfter: (fileId: number, offset: number) => Attempted<void>
    /** Forgets that a compressed file was damaged: it is whole now. */
    readonly forgetDamage: (fileId: number) => Attempted<void>
    readonly rejectCounts: Attempted<ReadonlyArray<{ reason: string; count: number }>>
    readonly rejects: (limit: number, offset: number) => Attempted<ReadonlyArray<StoredReject>>
    /**
     * Rewrites the sealed bytes of rejected lines, in one transaction; `undefined` keeps a line as it
     * is. Returns how many were rewritten. Old bytes may remain in the file until {@link scrub}.
     */
    readonly rewriteRejects: (
      rewrite: (bytes: Uint8Array) => Uint8Array | undefined,
    ) => Attempted<number>
    /** Overwrites leftovers of rewritten or deleted lines in the files. */
    readonly scrub: Attempted<void>
  }
>()("credtrail/IngestStore") {
  static readonly layer = (options: {
    readonly file: string
    readonly mode: "read-write" | "read-only"
  }): Layer.Layer<IngestStore, IngestStoreUnavailable> =>
    Layer.effect(
      IngestStore,
      Effect.acquireRelease(
        attempt("open the ingest record", () => open(options.file, options.mode)),
        (database) => Effect.sync(() => database.close()),
      ).pipe(
        Effect.flatMap((database) => attempt("open the ingest record", () => makeStore(database))),
      ),
    )

  /** Opened to be read; if that fails, it fails whoever asks it, and not who asks something else. */
  static readonly layerIfReadable = (file: string): Layer.Layer<IngestStore> =>
    IngestStore.layer({ file, mode: "read-only" }).pipe(
      Layer.catch((error) => Layer.succeed(IngestStore, refusing(error))),
    )
}

/** Answers every question with why nothing can be answered. */
const refusing = (error: IngestStoreUnavailable): IngestStore["Service"] => {
  const refuse = () => Effect.fail(error)
  return IngestStore.of({
    filesLike: refuse,
    addFile: refuse,
    saveProgress: refuse,
    openSessions: refuse,
    moveFile: refuse,
    forgetRejectsAfter: refuse,
    forgetDamage: refuse,
    rejectCounts: refuse(),
    rejects: refuse,
    rewriteRejects: refuse,
    scrub: refuse(),
  })
}

const attempt = attempting(IngestStoreUnavailable)

const open = (file: string, mode: "read-write" | "read-only"): Database => {
  if (mode === "read-write") {
    return openDatabase("ingestRecord", file, (database) => database.exec(schema))
  }
  const database = openDatabase("ingestRecordReader", file)
  if (isMade(database)) return database
  // A kill, or a full disk, when it was to be made: nothing has been recorded yet.
  database.close()
  return new Sqlite(":memory:").exec(schema)
}

const isMade = (database: Database): boolean => {
  const tables = database
    .prepare<[], number>(
      `SELECT count(*) FROM sqlite_schema
        WHERE type = 'table' AND name IN ('files', 'rejected_lines', 'open_sessions')`,
    )
    .pluck()
  return tables.get() === 3
}

const makeStore = (database: Database): IngestStore["Service"] => {
  const fileColumns = `file_id AS fileId, path, head_length AS headLength, head_digest AS headDigest,
    consumed, tail_digest AS tailDigest, lines`
  // Each length once, without going through all the files that have it.
  const headLengths = database
    .prepare<{ source: string; most: number }, number>(
      `WITH RECURSIVE lengths (length) AS (
         SELECT min(head_length) FROM files WHERE source = :source AND consumed > 0
         UNION ALL
         SELECT (SELECT min(head_length) FROM files
                  WHERE source = :source AND consumed > 0 AND head_length > length)
           FROM lengths WHERE length IS NOT NULL)
       SELECT length FROM lengths WHERE length <= :most`,
    )
    .pluck(true)
  const byHead = database.prepare<[string, number, string], ReadFile>(
    `SELECT ${fileColumns} FROM files
      WHERE source = ? AND head_length = ? AND head_digest = ? AND consumed > 0
      ORDER BY consumed DESC`,
  )
  const insertFile = database.prepare(
    "INSERT INTO files (source, path, head_length, head_digest, consumed, tail_digest, lines) VALUES (?, ?, 0, '', 0, '', 0)",
  )
  const begun = database
    .prepare<[string, string], number>(
      "SELECT file_id FROM files WHERE source = ? AND path = ? AND consumed = 0",
    )
    .pluck(true)
  const updateFile = database.prepare(
    `UPDATE files SET path = ?, head_length = ?, head_digest = ?, consumed = ?, tail_digest = ?,
       lines = ? WHERE file_id = ? AND consumed = ?`,
  )
  const movePath = database.prepare("UPDATE files SET path = ? WHERE file_id = ?")
  const insertReject = database.prepare(
    "INSERT OR REPLACE INTO rejected_lines VALUES (?, ?, ?, ?, ?, ?)",
  )
  const removeRejects = database.prepare(
    "DELETE FROM rejected_lines WHERE file_id = ? AND (offset > ? OR reason = 'broken-compression')",
  )
  const removeDamage = database.prepare(
    "DELETE FROM rejected_lines WHERE file_id = ? AND reason = 'broken-compression'",
  )
  const counts = database.prepare<[], { reason: string; count: number }>(
    "SELECT reason, count(*) AS count FROM rejected_lines GROUP BY reason ORDER BY 2 DESC, 1",
  )
  const rejects = database.prepare<[number, number], StoredReject>(
    `SELECT source, path AS file, line, offset, reason, bytes, length
       FROM rejected_lines JOIN files USING (file_id) ORDER BY file_id, line, offset LIMIT ? OFFSET ?`,
  )
  const rejectsAfter = database.prepare<
    [number, number, number, string],
    Pick<RejectedLine, "offset" | "line" | "reason" | "bytes"> & { readonly fileId: number }
  >(
    `SELECT file_id AS fileId, offset, line, reason, bytes FROM rejected_lines
      WHERE (file_id, offset, line, reason) > (?, ?, ?, ?)
      ORDER BY file_id, offset, line, reason LIMIT 500`,
  )
  const updateReject = database.prepare(
    "UPDATE rejected_lines SET bytes = ? WHERE file_id = ? AND offset = ? AND line = ? AND reason = ?",
  )
  const rewriteRejects = database.transaction(
    (rewrite: (bytes: Uint8Array) => Uint8Array | undefined): number => {
      let rewritten = 0
      let rows = rejectsAfter.all(0, 0, 0, "")
      for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
        for (const { fileId, offset, line, reason, bytes } of rows) {
          const again = rewrite(bytes)
          if (again === undefined) continue
          updateReject.run(again, fileId, offset, line, reason)
          rewritten++
        }
        rows = rejectsAfter.all(last.fileId, last.offset, last.line, last.reason)
      }
      return rewritten
    },
  )
  const addFile = database.transaction(
    (
      source: string,
      path: string,
      claimed: { readonly has: (fileId: number) => boolean },
    ): number =>
      begun.all(source, path).find((fileId) => !claimed.has(fileId)) ??
      Number(insertFile.run(source, path).lastInsertRowid),
  )
  const removeReject = database.prepare("DELETE FROM rejected_lines WHERE file_id = ? AND line = ?")
  // Prepared when used: data of before they were recorded, opened to be read, has no such table.
  const insertSession = () =>
    database.prepare("INSERT OR REPLACE INTO open_sessions VALUES (?, ?, ?)")
  const removeSession = () =>
    database.prepare("DELETE FROM open_sessions WHERE source = ? AND session = ?")
  const openSessions = () =>
    database.prepare<[string], StoredSession>(
      "SELECT session, facts FROM open_sessions WHERE source = ? ORDER BY session",
    )
  const saveFile = (file: FileProgress): boolean => {
    const { fileId, path, headLength, headDigest, consumed, tailDigest, lines, before } = file
    const { changes } = updateFile.run(
      ...[path, headLength, headDigest, consumed, tailDigest, lines, fileId, before],
    )
    if (changes === 0) return false
    for (const line of file.understood) removeReject.run(fileId, line)
    for (const { line, offset, reason, bytes, length } of file.rejects) {
      insertReject.run(fileId, line, offset, reason, bytes, length)
    }
    return true
  }
  const saveSessions = ({ source, open, over }: SessionChanges): void => {
    if (open.length > 0) {
      const insert = insertSession()
      for (const { session, facts } of open) insert.run(source, session, facts)
    }
    if (over.length > 0) {
      const remove = removeSession()
      for (const session of over) remove.run(source, session)
    }
  }
  const saveProgress = database.transaction(
    (files: ReadonlyArray<FileProgress>, sessions: SessionChanges): void => {
      for (const file of files) if (!saveFile(file)) throw new NotOurs()
      saveSessions(sessions)
    },
  )
  return IngestStore.of({
    filesLike: (source, head, digestOf) =>
      attempt("look up a file", () =>
        headLengths
          .all({ source, most: head.length })
          .flatMap((length) => byHead.all(source, length, digestOf(head.subarray(0, length)))),
      ),
    addFile: (...file) => attempt("record a file", () => addFile.immediate(...file)),
    saveProgress: (files, sessions) =>
      attempt("record progress", () => saveProgress.immediate(files, sessions)).pipe(
        Effect.as(true),
        Effect.catchDefect((defect) =>
          defect instanceof NotOurs ? Effect.succeed(false) : Effect.die(defect),
        ),
      ),
    openSessions: (source) => attempt("list open sessions", () => openSessions().all(source)),
    moveFile: (fileId, path) =>
      attempt("record where a file is", () => {
        movePath.run(path, fileId)
      }),
    forgetRejectsAfter: (fileId, offset) =>
      attempt("forget rejected lines", () => {
        removeRejects.run(fileId, offset)
      }),
    forgetDamage: (fileId) =>
      attempt("forget damage", () => {
        removeDamage.run(fileId)
      }),
    rejectCounts: attempt("count rejected lines", () => counts.all()),
    rejects: (limit, offset) => attempt("list rejected lines", () => rejects.all(limit, offset)),
    rewriteRejects: (rewrite) =>
      attempt("rewrite rejected lines", () => rewriteRejects.immediate(rewrite)),
    scrub: attempt("overwrite rejected lines", () => scrub(database)),
  })
}

/** Thrown to undo a transaction: the file is read by another process. */
class NotOurs extends Error {}
