import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import type { RecordReader } from "../sources/RecordReader.ts"
import { headLength } from "./findResume.ts"
import { IngestStore, type IngestStoreUnavailable, type ReadFile } from "./IngestStore.ts"
import { type PlacedRecord, RecordSplitter } from "./RecordSplitter.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import type { FileRecord, ReadPart, WriteError } from "./SourceWriter.ts"
import type { Source, SourceFile } from "./source.ts"

/** A file being read. */
export interface FileReading extends ReadPart {
  record: FileRecord
  readonly reader: RecordReader
  /** What was read of it before: up to there, lines are only remembered. */
  before: ReadFile | undefined
}

/** Where a file is, and what it is, whatever it is called. */
type FilePlace = Pick<SourceFile, "path" | "key">

/** Begins to read a file from its start, with the record of what was read of it before, if any. */
export const startFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  file: FilePlace,
  before: ReadFile | undefined,
): Effect.fn.Return<FileReading, IngestStoreUnavailable, IngestStore> {
  const reader = ingest.readerOfFile()
  reader.startFile()
  const record = yield* before === undefined
    ? newRecord(ingest, file)
    : claimRecord(ingest, file, before)
  const splitter = splitterOf(ingest.source)
  return { record, splitter, reader, before, rejects: [], understood: [] }
})

/** What cuts a file of a source into records. */
export const splitterOf = ({ adapter }: Source): RecordSplitter =>
  new RecordSplitter(adapter.isJson === true)

const newRecord = Effect.fnUntraced(function* (
  { source, claims }: SourceIngest,
  { path, key }: FilePlace,
): Effect.fn.Return<FileRecord, IngestStoreUnavailable, IngestStore> {
  const store = yield* IngestStore
  const fileId = yield* store.addFile(source.name, path, claims)
  claims.claim(fileId, key)
  yield* store.forgetRejectsAfter(fileId, 0)
  return { fileId, path, key, head: Buffer.alloc(0), recorded: 0 }
})

const claimRecord = Effect.fnUntraced(function* (
  { claims }: SourceIngest,
  { path, key }: FilePlace,
  { fileId, consumed }: ReadFile,
): Effect.fn.Return<FileRecord, IngestStoreUnavailable, IngestStore> {
  const store = yield* IngestStore
  claims.claim(fileId, key)
  // Of a last line without a line end more may be there by now: it is read again.
  yield* store.forgetRejectsAfter(fileId, consumed)
  return { fileId, path, key, head: Buffer.alloc(0), recorded: consumed }
})

/** Captures and rejects are written when this many have come together, or twice the fingerprints. */
const flushSize = 1000
/** They are written, too, when so many files have been read. */
const flushFiles = 200
/** They are written, too, when so many bytes have been read: a line that is rejected may be long. */
const flushBytes = 4 * 1024 * 1024

/** Takes in a piece of a file, writing when enough has come together. */
export const takePiece = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  reading: FileReading,
  piece: Buffer,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const { buffer } = ingest
  const { splitter, reader } = reading
  if (splitter.recent.length === 0 && !beginsAsBefore(ingest, reading.before, piece)) {
    // Emptied and rewritten just now: nothing of it was read before.
    reading.record = yield* newRecord(ingest, reading.record)
    reading.before = undefined
  }
  const { record, before } = reading
  if (record.head.length < headLength) {
    record.head = Buffer.from(
      Buffer.concat([record.head, piece.subarray(0, headLength)]).subarray(0, headLength),
    )
  }
  const readBefore = before?.consumed ?? 0
  const { lines, nulBytes } = splitter
  for (const placed of splitter.push(piece)) {
    if (placed.end <= readBefore) buffer.remember(reader, placed, record.path)
    else buffer.take(reader, placed, record.path)
  }
  ingest.progress.lines += Math.max(0, splitter.lines - Math.max(lines, before?.lines ?? 0))
  if (splitter.consumed > readBefore) ingest.progress.nulBytes += splitter.nulBytes - nulBytes
  const gathered = buffer.events.length + buffer.rejects.length
  const isMuch =
    gathered >= flushSize ||
    buffer.fingerprints.length >= 2 * flushSize ||
    splitter.consumed - Math.max(record.recorded, readBefore) >= flushBytes
  // Until it comes to where it was read before, its record says more.
  if (splitter.consumed >= readBefore) note(ingest, reading)
  if (isMuch || ingest.unwritten.size >= flushFiles) yield* writeAll(ingest)
  yield* Effect.yieldNow
})

const beginsAsBefore = (
  { digestOfStretch }: SourceIngest,
  before: ReadFile | undefined,
  piece: Buffer,
): boolean =>
  before === undefined ||
  piece.length < before.headLength ||
  digestOfStretch(piece.subarray(0, before.headLength)) === before.headDigest

/** Has what was read of a file so far recorded with the next write. */
const note = ({ buffer, unwritten }: SourceIngest, reading: FileReading): void => {
  reading.rejects.push(...buffer.rejects.splice(0))
  reading.understood.push(...buffer.understood.splice(0))
  unwritten.add(reading)
}

/** Writes what has come together, and how far each file has been read. */
export const writeAll = Effect.fnUntraced(function* ({
  buffer,
  write,
  unwritten,
  onWritten,
}: SourceIngest): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const files = [...unwritten]
  const captures = buffer.events.length
  yield* write(buffer, files)
  unwritten.clear()
  const last = files.at(-1)
  if (last !== undefined) onWritten(last.record.path, captures)
})

/** Takes note of what was read of a file, and writes it when enough files have come together. */
const noteEnd = (
  ingest: SourceIngest,
  reading: FileReading,
): Effect.Effect<void, WriteError, EventLog | IngestStore> => {
  note(ingest, reading)
  return ingest.unwritten.size >= flushFiles ? writeAll(ingest) : Effect.void
}

/**
 * The end of a file: a last line without a line end is taken as it is, and read again next time.
 * It is written with what comes next.
 */
export const finishFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  reading: FileReading,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const { buffer } = ingest
  const { record, splitter, reader } = reading
  const rest = splitter.rest()
  for (const placed of rest) buffer.take(reader, placed, record.path)
  if (rest.length > 0) ingest.progress.lines++
  buffer.endFile(reader, rest.at(-1) ?? placeBehind(splitter), record.path)
  yield* noteEnd(ingest, reading)
})

/** The end of what can be read of damaged data: half a line is not to be trusted, and is kept. */
export const breakOff = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  reading: FileReading,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const { splitter } = reading
  ingest.buffer.reject("broken-compression", splitter.rest()[0] ?? placeBehind(splitter))
  yield* noteEnd(ingest, reading)
})

const placeBehind = ({ lines, consumed }: RecordSplitter): PlacedRecord => ({
  bytes: Buffer.alloc(0),
  line: lines + 1,
  end: consumed,
  length: 0,
})
