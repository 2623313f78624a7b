import { type FileHandle, readdir } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import { type FileReading, finishFile, startFile, takePiece, writeAll } from "./FileReading.ts"
import type { IngestStore, ReadFile } from "./IngestStore.ts"
import type { IngestError } from "./ingestSource.ts"
import { openFiles } from "./OpenFiles.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import { reading, type SourceUnreadable } from "./SourceUnreadable.ts"
import type { SourceFile } from "./source.ts"
import { keyAt } from "./sourcePaths.ts"

/** A file that may grow, read up to `position`. */
export interface Tail {
  /** Where it is now. */
  path: string
  /** What it is, whatever it is called: its device and inode. */
  readonly key: string
  /** While it is open. */
  handle: FileHandle | undefined
  /** None while nothing has come since it was found. */
  reading: FileReading | undefined
  /** What was read of it before it was found. */
  before: ReadFile | undefined
  position: number
  /** When it was last written, in milliseconds since 1970, as far as it was looked at. */
  changed: number
  /** Whether it has left the path at which it was found. */
  hasMoved: boolean
  /** When something last came, in milliseconds since 1970. */
  grew: number
}

/** A file to be read from its start, with what was read of it `before`. */
export const newTail = (
  { path, key }: SourceFile,
  before: ReadFile | undefined,
  now: number,
): Tail => ({
  ...{ path, key, before },
  handle: undefined,
  reading: undefined,
  position: 0,
  changed: 0,
  hasMoved: false,
  grew: now,
})

const pieceSize = 256 * 1024

/** Reads what has come since, to be written with what comes next; answers whether anything had. */
export const readGrowth = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  tail: Tail,
): Effect.fn.Return<boolean, IngestError, EventLog | IngestStore> {
  const { size, mtimeMs } = yield* use(tail, (handle) => handle.stat())
  if (size === tail.position && mtimeMs === tail.changed) return false
  tail.changed = mtimeMs
  if (size < tail.position || !(yield* goesOn(tail))) {
    // Emptied in place, as log rotation by copying does: what comes now is another file.
    yield* finishTail(ingest, tail)
    tail.position = 0
  }
  if (size === tail.position) return false
  tail.reading ??= yield* startFile(ingest, tail, tail.before)
  while (tail.position < size) {
    const length = Math.min(pieceSize, size - tail.position)
    const piece = yield* bytesOf(tail, tail.position, length)
    if (piece.length === 0) break
    tail.position += piece.length
    ingest.progress.bytesRead += piece.length
    yield* takePiece(ingest, tail.reading, piece)
  }
  return true
})

/** What was read of it is finished, and its record may be taken up by whatever it was moved to. */
export const finishTail = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  tail: Tail,
): Effect.fn.Return<void, IngestError, EventLog | IngestStore> {
  if (tail.reading !== undefined) {
    yield* finishFile(ingest, tail.reading)
    yield* writeAll(ingest)
  }
  ingest.claims.release(tail.key)
  tail.reading = undefined
  tail.before = undefined
})

/** Whether what was read last is still where it was: else the file was rewritten. */
const goesOn = (tail: Tail): Effect.Effect<boolean, SourceUnreadable> => {
  if (tail.reading === undefined) return Effect.succeed(true)
  const { recent } = tail.reading.splitter
  return Effect.map(bytesOf(tail, tail.position - recent.length, recent.length), (bytes) =>
    bytes.equals(recent),
  )
}

const bytesOf = (
  tail: Tail,
  start: number,
  length: number,
): Effect.Effect<Buffer, SourceUnreadable> =>
  use(tail, async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start)
    return buffer.subarray(0, bytesRead)
  })

/** Does something with the file itself, which is opened if it is not. */
const use = Effect.fnUntraced(function* <A>(
  tail: Tail,
  work: (handle: FileHandle) => Promise<A>,
): Effect.fn.Return<A, SourceUnreadable> {
  const files = yield* openFiles
  return yield* files.use(tail, work)
})

/** Closes it, if it is open. */
export const closeTail = (tail: Tail): Effect.Effect<void> =>
  Effect.flatMap(openFiles, (files) => files.close(tail))

/** Whether it has a name no more; of one that is not open that is not known. */
export const isDeleted = (tail: Tail): Effect.Effect<boolean, SourceUnreadable> =>
  tail.handle === undefined
    ? Effect.succeed(false)
    : Effect.map(
        use(tail, (handle) => handle.stat()),
        ({ nlink }) => nlink === 0,
      )

/**
 * Where a file is that was found at a path: there, or under another name in the same directory.
 * `undefined` where it is neither, as far as can be seen.
 */
export const pathOf = (path: string, key: string): Effect.Effect<string | undefined> =>
  Effect.flatMap(openFiles, (files) =>
    files.inTurn(
      Effect.gen(function* () {
        const directory = dirname(path)
        if ((yield* keyAt(path)) === key) return path
        for (const name of yield* reading(directory, () => readdir(directory))) {
          const sibling = join(directory, name)
          if ((yield* keyAt(sibling)) === key) return sibling
        }
        return undefined
      }),
    ),
  ).pipe(Effect.catch(() => Effect.succeed(undefined)))
