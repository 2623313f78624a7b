import * as Effect from "effect/Effect"
import { EventLog, type EventLogUnavailable, type ExpectedRevision } from "../eventlog/EventLog.ts"
import { SecretVault, type SecretVaultUnavailable } from "../secrets/SecretVault.ts"
import { appendCaptures, SourceBusy } from "./appendCaptures.ts"
import type { CaptureBuffer } from "./CaptureBuffer.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import { IngestStore, type IngestStoreUnavailable, stretchDigest } from "./IngestStore.ts"
import type { LineSplitter } from "./LineSplitter.ts"
import { captureStream, fingerprintStream, type Source } from "./source.ts"

/** What can go wrong while writing what was read. */
export type WriteError =
  | SourceBusy
  | EventLogUnavailable
  | IngestStoreUnavailable
  | SecretVaultUnavailable

/** A file as it is recorded. */
export interface FileRecord {
  readonly fileId: number
  path: string
  readonly key: string
  /** The beginning, at most 1,024 bytes, that it is recognised by. */
  head: Buffer
  /** How far its record says that it was read. */
  recorded: number
}

/** Writes what a buffer holds, and then how far its file has been read. */
export interface SourceWriter {
  readonly flush: (
    buffer: CaptureBuffer,
    file: FileRecord,
    splitter: LineSplitter,
  ) => Effect.Effect<void, WriteError, EventLog | IngestStore>
  /** Writes the fingerprints of sessions that were evicted while nothing of this source was read. */
  readonly flushSessions: (
    buffer: CaptureBuffer,
  ) => Effect.Effect<void, WriteError, EventLog | IngestStore>
}

/**
 * The writer of the two streams of a source. Secrets are sealed first, then come the captures and
 * fingerprints that name them, and the record of progress after them, with the sessions that are open: a crash in between costs reading some lines
 * again, and what they come to is then known.
 */
export const makeSourceWriter = Effect.fnUntraced(function* (
  source: Source,
  progress: IngestProgress,
): Effect.fn.Return<SourceWriter, EventLogUnavailable, EventLog | SecretVault> {
  const vault = yield* SecretVault
  const stream = captureStream(source)
  const fingerprints = fingerprintStream(source)
  let revision = yield* revisionOf(stream)
  let fingerprintRevision = yield* revisionOf(fingerprints)

  const appendFingerprints = Effect.fnUntraced(function* (buffer: CaptureBuffer) {
    buffer.takeEvicted()
    const told = yield* appendCaptures(fingerprints, fingerprintRevision, buffer.fingerprints)
    fingerprintRevision = told.revision
    progress.fingerprints += told.appended
  })
  const saved = (buffer: CaptureBuffer): void => {
    buffer.fingerprints.length = 0
    buffer.sessions.saved()
  }

  return {
    flush: Effect.fnUntraced(function* (buffer, file, splitter) {
      yield* vault.flush
      const written = yield* appendCaptures(stream, revision, buffer.events)
      revision = written.revision
      progress.captures += written.appended
      progress.duplicates += written.duplicates
      yield* appendFingerprints(buffer)
      const store = yield* IngestStore
      const { consumed, lines, tail } = splitter
      const headLength = Math.min(file.head.length, consumed)
      const isOurs = yield* store.saveProgress(
        { fileId: file.fileId, path: file.path, before: file.recorded },
        {
          headLength,
          headSha256: stretchDigest(file.head.subarray(0, headLength)),
          consumed,
          tailSha256: stretchDigest(tail),
          lines,
        },
        buffer.rejects.map((reject) => ({ ...reject, bytes: vault.sealLine(reject.bytes) })),
        buffer.understood,
        { source: source.name, ...buffer.sessions.changes() },
      )
      if (!isOurs) return yield* new SourceBusy({ stream })
      file.recorded = consumed
      buffer.events.length = 0
      buffer.rejects.length = 0
      buffer.understood.length = 0
      saved(buffer)
    }),
    flushSessions: Effect.fnUntraced(function* (buffer) {
      yield* appendFingerprints(buffer)
      const store = yield* IngestStore
      yield* store.saveSessions({ source: source.name, ...buffer.sessions.changes() })
      saved(buffer)
    }),
  }
})

const revisionOf = Effect.fnUntraced(function* (
  stream: string,
): Effect.fn.Return<ExpectedRevision, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  return last?.revision ?? "no_stream"
})
