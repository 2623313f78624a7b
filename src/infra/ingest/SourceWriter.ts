import * as Effect from "effect/Effect"
import { EventLog, type EventLogUnavailable, type ExpectedRevision } from "../eventlog/EventLog.ts"
import { SecretVault, type SecretVaultUnavailable } from "../secrets/SecretVault.ts"
import { appendCaptures, SourceBusy } from "./appendCaptures.ts"
import type { CaptureBuffer } from "./CaptureBuffer.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import {
  type FileProgress,
  IngestStore,
  type IngestStoreUnavailable,
  type RejectedLine,
} from "./IngestStore.ts"
import type { RecordSplitter } from "./RecordSplitter.ts"
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

/** A file of which something has been read that may not be recorded yet. */
export interface ReadPart {
  readonly record: FileRecord
  readonly splitter: RecordSplitter
  readonly rejects: Array<RejectedLine>
  readonly understood: Array<number>
}

/** Writes what a buffer holds, and then how far files have been read. */
export type SourceWriter = (
  buffer: CaptureBuffer,
  files: ReadonlyArray<ReadPart>,
) => Effect.Effect<void, WriteError, EventLog | IngestStore>

/**
 * The writer of the two streams of a source. Secrets are sealed first, then come the captures and
 * fingerprints that name them, and the record of progress after them, with the sessions that are
 * open: a crash in between costs reading some lines again, and what they come to is then known.
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

  const progressOf = ({ record, splitter, rejects, understood }: ReadPart): FileProgress => {
    const { fileId, path, head, recorded } = record
    const { consumed, lines, tail } = splitter
    const headLength = Math.min(head.length, consumed)
    return {
      ...{ fileId, path, before: recorded, headLength, consumed, lines, understood },
      headDigest: vault.digestOfStretch(head.subarray(0, headLength)),
      tailDigest: vault.digestOfStretch(tail),
      rejects: rejects.map((reject) => ({ ...reject, bytes: vault.sealLine(reject.bytes) })),
    }
  }

  return Effect.fnUntraced(function* (buffer, files) {
    yield* vault.flush
    const written = yield* appendCaptures(stream, revision, buffer.events)
    revision = written.revision
    progress.captures += written.appended
    progress.duplicates += written.duplicates
    buffer.takeEvicted()
    const told = yield* appendCaptures(fingerprints, fingerprintRevision, buffer.fingerprints)
    fingerprintRevision = told.revision
    progress.fingerprints += told.appended
    const store = yield* IngestStore
    const sessions = { source: source.name, ...buffer.sessions.changes() }
    const areOurs = yield* store.saveProgress(files.map(progressOf), sessions)
    if (!areOurs) return yield* new SourceBusy({ stream })
    for (const { record, splitter, rejects, understood } of files) {
      record.recorded = splitter.consumed
      rejects.length = 0
      understood.length = 0
    }
    buffer.events.length = 0
    buffer.fingerprints.length = 0
    buffer.sessions.saved()
  })
})

const revisionOf = Effect.fnUntraced(function* (
  stream: string,
): Effect.fn.Return<ExpectedRevision, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const [last] = yield* log.readStream(stream, { direction: "backwards", limit: 1 })
  return last?.revision ?? "no_stream"
})
