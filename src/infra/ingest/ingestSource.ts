import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { EventLog } from "../eventlog/EventLog.ts"
import { content } from "./content.ts"
import { breakOff, finishFile, splitterOf, startFile, takePiece, writeAll } from "./FileReading.ts"
import { findResume } from "./findResume.ts"
import { IngestStore, type IngestStoreUnavailable, type ReadFile } from "./IngestStore.ts"
import { piecesOf } from "./piecesOf.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import type { SourceUnreadable } from "./SourceUnreadable.ts"
import type { WriteError } from "./SourceWriter.ts"
import type { SourceFile } from "./source.ts"

/** What can go wrong while ingesting a source. */
export type IngestError = WriteError | SourceUnreadable

/**
 * Reads all files of a source to their ends. One that cannot be read is left out, and told to
 * `onUnreadable`.
 */
export const ingestSource = Effect.fn("ingestSource")(
  function* (
    ingest: SourceIngest,
    onUnreadable: (error: SourceUnreadable) => void,
  ): Effect.fn.Return<void, WriteError, EventLog | IngestStore> {
    let unchanged: SourceFile | undefined
    const ingestIfNew = Effect.fnUntraced(function* (file: SourceFile) {
      const resume = yield* findResume(ingest, file)
      ingest.progress.files++
      if (resume !== undefined && resume !== "copy" && resume.unchanged) {
        yield* passOver(ingest, file, resume.file)
        unchanged = file
        return
      }
      if (unchanged !== undefined) yield* rememberFile(ingest, unchanged)
      unchanged = undefined
      yield* ingestFile(ingest, file, resume === "copy" ? undefined : resume?.file)
    })
    for (const file of ingest.source.files) {
      yield* ingestIfNew(file).pipe(
        Effect.catchTag("SourceUnreadable", (error) => Effect.sync(() => onUnreadable(error))),
      )
    }
    yield* writeAll(ingest)
  },
  (work, ingest) =>
    Effect.ensuring(
      work,
      Effect.sync(() => ingest.buffer.sessions.close()),
    ),
)

/** Takes note of a file with nothing new in it. */
export const passOver = Effect.fnUntraced(function* (
  { claims, progress }: SourceIngest,
  file: SourceFile,
  { fileId, path }: ReadFile,
): Effect.fn.Return<void, IngestStoreUnavailable, IngestStore> {
  claims.claim(fileId, file.key)
  progress.unchangedFiles++
  progress.bytesRead += file.size
  const store = yield* IngestStore
  if (path !== file.path) yield* store.moveFile(fileId, file.path)
  if (file.compression !== undefined) yield* store.forgetDamage(fileId)
})

/** Reads one file to its end, from where it was read before; it is written with what comes next. */
export const ingestFile = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  file: SourceFile,
  before: ReadFile | undefined,
): Effect.fn.Return<void, IngestError, EventLog | IngestStore> {
  const reading = yield* startFile(ingest, file, before)
  const onRead = (bytes: number) => {
    ingest.progress.bytesRead += bytes
  }
  yield* piecesOf(file.path, content(file, onRead)).pipe(
    Stream.runForEach((piece) => takePiece(ingest, reading, piece)),
    Effect.andThen(finishFile(ingest, reading)),
    Effect.catchTag("BrokenCompression", () => breakOff(ingest, reading)),
  )
})

/** Reads a file once more, for what it says of the next: sessions may go on there. */
export const rememberFile = (
  { source, readerOfFile, buffer }: SourceIngest,
  file: SourceFile,
): Effect.Effect<void, SourceUnreadable> => {
  if (source.adapter.parserPerFile === true) return Effect.void
  const splitter = splitterOf(source)
  const reader = readerOfFile()
  return piecesOf(file.path, content(file)).pipe(
    Stream.runForEach((piece) =>
      Effect.sync(() => {
        for (const placed of splitter.push(piece)) buffer.remember(reader, placed, file.path)
      }),
    ),
    Effect.catchTag("BrokenCompression", () => Effect.void),
  )
}
