import { type FileHandle, open, readdir, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import type { EventLog } from "../eventlog/EventLog.ts"
import { type FileReading, finishFile, startFile, takePiece, writeFile } from "./FileReading.ts"
import type { IngestStore, ReadFile } from "./IngestStore.ts"
import type { IngestError } from "./ingestSource.ts"
import type { SourceIngest } from "./SourceIngest.ts"
import { reading, type SourceUnreadable } from "./SourceUnreadable.ts"
import type { SourceFile } from "./source.ts"
import { keyOf } from "./sourcePaths.ts"

/** A file that may grow: open, and read up to `position`. */
export interface Tail {
  /** Where it is now. */
  path: string
  /** What it is, whatever it is called: its device and inode. */
  readonly key: string
  readonly handle: FileHandle
  /** None while nothing has come since it was opened. */
  reading: FileReading | undefined
  /** What was read of it before it was opened. */
  before: ReadFile | undefined
  position: number
  /** When it was last written, in milliseconds since 1970, as far as it was looked at. */
  changed: number
  /** Whether it has left the path at which it was found. */
  hasMoved: boolean
  /** How often it was looked at since something came. */
  quiet: number
}

/** Opens a file; what it had come to when it was read `before` is not read again until it grows. */
export const openTail = (
  { path, key }: SourceFile,
  before: ReadFile | undefined,
  position: number,
): Effect.Effect<Tail, SourceUnreadable> =>
  reading(path, async () => ({
    path,
    key,
    handle: await open(path, "r"),
    reading: undefined,
    before,
    position,
    changed: 0,
    hasMoved: false,
    quiet: 0,
  }))

const pieceSize = 256 * 1024

/** Reads what has come since; answers whether anything had. */
export const readGrowth = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  tail: Tail,
): Effect.fn.Return<boolean, IngestError, EventLog | IngestStore> {
  const { size, mtimeMs } = yield* reading(tail.path, () => tail.handle.stat())
  tail.quiet++
  if (size === tail.position && mtimeMs === tail.changed) return false
  tail.changed = mtimeMs
  if (size < tail.position || !(yield* goesOn(tail))) {
    // Emptied in place, as log rotation by copying does: what comes now is another file.
    yield* finishTail(ingest, tail)
    tail.position = 0
  }
  if (size === tail.position) return false
  tail.quiet = 0
  if (tail.reading === undefined) {
    tail.reading = yield* startFile(ingest, tail.path, tail.before)
    tail.position = 0
  }
  while (tail.position < size) {
    const length = Math.min(pieceSize, size - tail.position)
    const piece = yield* bytesOf(tail, tail.position, length)
    if (piece.length === 0) break
    tail.position += piece.length
    ingest.progress.bytesRead += piece.length
    yield* takePiece(ingest, tail.reading, piece)
  }
  yield* writeFile(ingest, tail.reading)
  return true
})

/** What was read of it is finished, and its record may be taken up by whatever it was moved to. */
export const finishTail = Effect.fnUntraced(function* (
  ingest: SourceIngest,
  tail: Tail,
): Effect.fn.Return<void, IngestError, EventLog | IngestStore> {
  const record = tail.reading?.record ?? tail.before
  if (tail.reading !== undefined) yield* finishFile(ingest, tail.reading)
  if (record !== undefined) ingest.claimed.delete(record.fileId)
  tail.reading = undefined
  tail.before = undefined
})

/** Whether what was read last is still where it was: else the file was written anew. */
const goesOn = ({ reading: read, ...tail }: Tail): Effect.Effect<boolean, SourceUnreadable> => {
  if (read === undefined) return Effect.succeed(true)
  const { recent } = read.splitter
  return Effect.map(bytesOf(tail, tail.position - recent.length, recent.length), (bytes) =>
    bytes.equals(recent),
  )
}

const bytesOf = (
  { path, handle }: Pick<Tail, "path" | "handle">,
  start: number,
  length: number,
): Effect.Effect<Buffer, SourceUnreadable> =>
  reading(path, async () => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, start)
    return buffer.subarray(0, bytesRead)
  })

/**
 * Where a file is that was found at a path: there, or under another name in the same directory.
 * `undefined` where it is neither, as far as can be seen.
 */
export const pathOf = (path: string, key: string): Effect.Effect<string | undefined> =>
  reading(path, async () => {
    const directory = dirname(path)
    if ((await keyAt(path)) === key) return path
    for (const name of await readdir(directory)) {
      const sibling = join(directory, name)
      if ((await keyAt(sibling)) === key) return sibling
    }
    return undefined
  }).pipe(Effect.catch(() => Effect.succeed(undefined)))

const keyAt = (path: string): Promise<string | undefined> =>
  stat(path, { bigint: true }).then(keyOf, () => undefined)
