import { type FileHandle, open, stat } from "node:fs/promises"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { EventLog } from "../eventlog/EventLog.ts"
import { findResume, headOf } from "./findResume.ts"
import type { IngestStore } from "./IngestStore.ts"
import {
  type FileReading,
  finishFile,
  type IngestError,
  ingestFile,
  type SourceIngest,
  startFile,
  takePiece,
  writeFile,
} from "./ingestSource.ts"
import type { SourceFile } from "./source.ts"
import { reading, type SourceUnreadable } from "./sourcePaths.ts"

/** A file that may grow: open, and read up to `position`. */
interface Tail {
  readonly file: SourceFile
  readonly handle: FileHandle
  readonly inode: number
  reading: FileReading
  position: number
}

const pieceSize = 256 * 1024
/** How long to wait, when there was nothing to read, before looking again. */
const pause = "20 millis"
/** How many waits go by between looks at whether a path still means the same file. */
const waitsBetweenLooks = 50

/**
 * Reads the files of a source and goes on reading what they grow by. `arrivals` hands over files
 * as they appear, each once; a file that was moved away or replaced is read to its end and left.
 * `onIdle` is told each time there is nothing to read for now, and that all has been written.
 */
export const followSource = Effect.fn("followSource")(function* (
  ingest: SourceIngest,
  arrivals: () => ReadonlyArray<SourceFile>,
  onIdle: () => void,
): Effect.fn.Return<never, IngestError, EventLog | IngestStore | Scope.Scope> {
  const tails = new Map<string, Tail>()
  yield* Effect.addFinalizer(() =>
    Effect.promise(() =>
      Promise.allSettled([...tails.values()].map((tail) => tail.handle.close())),
    ),
  )
  for (let waits = 0; ; waits++) {
    for (const file of arrivals()) {
      const tail = yield* openTail(ingest, file)
      if (tail !== undefined) tails.set(file.path, tail)
    }
    let grown = false
    for (const tail of tails.values()) grown = (yield* readGrowth(ingest, tail)) || grown
    if (grown) continue
    onIdle()
    if (waits % waitsBetweenLooks === 0) {
      for (const tail of tails.values()) {
        if (yield* isStillThere(tail)) continue
        yield* finishFile(ingest, tail.reading)
        yield* Effect.promise(() => tail.handle.close())
        tails.delete(tail.file.path)
      }
    }
    yield* Effect.sleep(pause)
  }
}, Effect.scoped)

// A compressed file does not grow: it is read once, if it was not read before.
const openTail = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  file: SourceFile,
): Effect.fn.Return<Tail | undefined, IngestError, EventLog | IngestStore> {
  const head = yield* headOf(file)
  const resume = yield* findResume(ingest.source, file, head)
  ingest.progress.files++
  if (file.gzip) {
    if (resume?.unchanged !== true) yield* ingestFile(ingest, file, resume?.file)
    return undefined
  }
  const { handle, inode } = yield* reading(file.path, async () => {
    const opened = await open(file.path, "r")
    return { handle: opened, inode: (await opened.stat()).ino }
  })
  const started = yield* startFile(ingest, file, resume?.file)
  return { file, handle, inode, reading: started, position: 0 }
})

/** Reads what has come since; answers whether anything had. */
const readGrowth = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  tail: Tail,
): Effect.fn.Return<boolean, IngestError, EventLog | IngestStore> {
  const { handle, file } = tail
  const size = yield* reading(file.path, async () => (await handle.stat()).size)
  if (size < tail.position) {
    // Emptied in place, as log rotation by copying does: what comes now is another file.
    yield* finishFile(ingest, tail.reading)
    tail.reading = yield* startFile(ingest, file, undefined)
    tail.position = 0
  }
  if (size === tail.position) return false
  while (tail.position < size) {
    const piece = yield* reading(file.path, async () => {
      const { buffer, bytesRead } = await handle.read(
        Buffer.allocUnsafe(Math.min(pieceSize, size - tail.position)),
        0,
        undefined,
        tail.position,
      )
      return buffer.subarray(0, bytesRead)
    })
    if (piece.length === 0) break
    tail.position += piece.length
    ingest.progress.bytesRead += piece.length
    yield* takePiece(ingest, tail.reading, piece)
  }
  yield* writeFile(ingest, tail.reading)
  return true
})

const isStillThere = (tail: Tail): Effect.Effect<boolean, SourceUnreadable> =>
  Effect.promise(() => stat(tail.file.path).catch(() => undefined)).pipe(
    Effect.map((there) => there?.ino === tail.inode),
  )
