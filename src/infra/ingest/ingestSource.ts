import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ZoneCorrection } from "../../domain/timestamp.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { CaptureBuffer } from "./CaptureBuffer.ts"
import { content } from "./content.ts"
import { findResume, headLength, headOf } from "./findResume.ts"
import type { IngestProgress } from "./IngestProgress.ts"
import { IngestStore, type IngestStoreUnavailable } from "./IngestStore.ts"
import { LineSplitter } from "./LineSplitter.ts"
import {
  type FileRecord,
  makeSourceWriter,
  type SourceWriter,
  type WriteError,
} from "./SourceWriter.ts"
import { captureStream, type Source, type SourceFile } from "./source.ts"
import { type SourceUnreadable, unreadable } from "./sourcePaths.ts"

/** What can go wrong while ingesting a source. */
export type IngestError = WriteError | SourceUnreadable

/** Captures and rejects are written when this many have come together. */
const flushSize = 1000

/** One source being ingested: its parser's memory, its stream's revision, and what is not written. */
export interface SourceIngest {
  readonly source: Source
  readonly progress: IngestProgress
  readonly buffer: CaptureBuffer
  readonly startFile: () => void
  readonly writer: SourceWriter
  /** Told where reading has come to, each time something has been written. */
  readonly onWritten: OnWritten
}

export type OnWritten = (file: string, captures: number) => void

export const startSource = Effect.fnUntraced(function* (
  source: Source,
  zone: ZoneCorrection,
  progress: IngestProgress,
  onWritten: OnWritten,
): Effect.fn.Return<SourceIngest, EventLogUnavailable, EventLog> {
  const parser = source.adapter.parser({ zone })
  return {
    source,
    progress,
    buffer: new CaptureBuffer(source, parser, progress),
    startFile: parser.startFile,
    writer: yield* makeSourceWriter(captureStream(source), progress),
    onWritten,
  }
})

/** Reads all files of a source to their ends. */
export const ingestSource = Effect.fn("ingestSource")(function* (
  source: Source,
  zone: ZoneCorrection,
  progress: IngestProgress,
  onWritten: OnWritten,
): Effect.fn.Return<void, IngestError, EventLog | IngestStore> {
  const ingest = yield* startSource(source, zone, progress, onWritten)
  let unchanged: SourceFile | undefined
  for (const file of source.files) {
    const head = yield* headOf(file)
    const resume = yield* findResume(source, file, head)
    progress.files++
    if (resume?.unchanged === true) {
      progress.unchangedFiles++
      progress.bytesRead += file.size
      unchanged = file
      continue
    }
    // Sessions that began in the file before may go on in this one.
    if (unchanged !== undefined) yield* rememberFile(ingest, unchanged)
    unchanged = undefined
    yield* ingestFile(ingest, file, resume?.file)
  }
})

/** A file being read: its record, its place, and up to where it was read before. */
export interface FileReading {
  readonly record: FileRecord
  readonly splitter: LineSplitter
  readonly readBefore: number
}

export const startFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  file: SourceFile,
  before: { readonly fileId: number; readonly consumed: number } | undefined,
): Effect.fn.Return<FileReading, IngestStoreUnavailable, IngestStore> {
  const store = yield* IngestStore
  ingest.startFile()
  const fileId = before?.fileId ?? (yield* store.addFile(ingest.source.name, file.path))
  const readBefore = before?.consumed ?? 0
  yield* store.forgetRejectsFrom(fileId, readBefore)
  return {
    record: { fileId, path: file.path, head: Buffer.alloc(0) },
    splitter: new LineSplitter(),
    readBefore,
  }
})

/** Takes in a piece of a file, writing when enough has come together. */
export const takePiece = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  reading: FileReading,
  piece: Buffer,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const { buffer } = ingest
  const { record, splitter, readBefore } = reading
  if (record.head.length < headLength) {
    record.head = Buffer.concat([record.head, piece.subarray(0, headLength)]).subarray(
      0,
      headLength,
    )
  }
  for (const line of splitter.push(piece)) {
    if (line.end <= readBefore) buffer.remember(line)
    else buffer.take(line, record.path)
  }
  if (buffer.events.length + buffer.rejects.length >= flushSize) {
    yield* writeFile(ingest, reading)
    yield* Effect.yieldNow
  }
})

/** Writes what has come together, and how far the file has been read. */
export const writeFile = Effect.fnUntraced(function* (
  { buffer, writer, onWritten }: SourceIngest,
  { record, splitter }: FileReading,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const captures = buffer.events.length
  yield* writer.flush(buffer, record, splitter)
  onWritten(record.path, captures)
})

/** The end of a file: a last line without a line end is taken as it is, and read again next time. */
export const finishFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  reading: FileReading,
): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
  const { buffer } = ingest
  const { record, splitter } = reading
  const rest = splitter.rest()
  if (rest !== undefined) buffer.take(rest, record.path)
  const end = {
    bytes: Buffer.alloc(0),
    line: splitter.lines + 1,
    end: splitter.consumed,
    length: 0,
  }
  buffer.endFile(rest ?? end, record.path)
  yield* writeFile(ingest, reading)
})

/** Reads one file to its end, from where it was read before. */
export const ingestFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  file: SourceFile,
  before: { readonly fileId: number; readonly consumed: number } | undefined,
): Effect.fn.Return<void, IngestError, EventLog | IngestStore> {
  const reading = yield* startFile(ingest, file, before)
  const onRead = (bytes: number) => {
    ingest.progress.bytesRead += bytes
  }
  const read = yield* Stream.fromAsyncIterable(content(file, { onRead }), (cause) =>
    unreadable(file.path, cause),
  ).pipe(
    Stream.runForEach((piece: Buffer) => takePiece(ingest, reading, piece)),
    Effect.result,
  )
  if (read._tag === "Failure") {
    if (!file.gzip || read.failure._tag !== "SourceUnreadable") return yield* read.failure
    const { lines, consumed } = reading.splitter
    const here = { bytes: Buffer.alloc(0), line: lines + 1, end: consumed, length: 0 }
    ingest.buffer.reject("broken-gzip", here)
  }
  yield* finishFile(ingest, reading)
})

const rememberFile = (
  ingest: SourceIngest,
  file: SourceFile,
): Effect.Effect<void, SourceUnreadable> => {
  const splitter = new LineSplitter()
  ingest.startFile()
  return Stream.fromAsyncIterable(content(file), (cause) => unreadable(file.path, cause)).pipe(
    Stream.runForEach((piece: Buffer) =>
      Effect.sync(() => {
        for (const line of splitter.push(piece)) ingest.buffer.remember(line)
      }),
    ),
  )
}
