import { open } from "node:fs/promises"
import { type Compression, cutFrom, decompress, isDamage, telling } from "./decompress.ts"
import { unzip } from "./unzip.ts"

const pieceSize = 256 * 1024
const beginning = 16 * 1024

/** The bytes of a file as they stand on disk from an offset on, at most `length`. */
export const bytesAt = async (path: string, start: number, length: number): Promise<Buffer> => {
  const file = await open(path, "r")
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * Yields the content of a file in pieces, decompressed. A truncated or damaged compressed file yields
 * everything before the damage and then fails. `onRead` receives the number of bytes read from disk.
 */
export const content = (
  { path, compression }: { readonly path: string; readonly compression: Compression | undefined },
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> => {
  if (compression === undefined) return onDisk(path, pieceSize, onRead)
  if (compression === "zip") return telling(unzip(path, onRead))
  return decompressed(path, compression, onRead)
}

async function* onDisk(
  path: string,
  size: number,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const file = await open(path, "r")
  try {
    // Most files are short, and of many only the beginning is wanted.
    for (let length = Math.min(size, beginning); ; length = size) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length)
      if (bytesRead === 0) return
      onRead(bytesRead)
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

// A damaged piece of gzip or zstd yields nothing. The file is then decompressed again in
// smaller ones, from the start of the file, since decompressing cannot begin in the middle.
const compressedPiece = 16 * 1024
/** zstd can expand four bytes to 128 KiB, and the output of a piece is held in memory. */
const zstdPiece = 1024
const smallerPieces = [256, 1]

async function* decompressed(
  path: string,
  compression: Exclude<Compression, "zip">,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let given = 0
  let whole = 0
  let damage: unknown
  const piece = compression === "zstd" ? zstdPiece : compressedPiece
  for (const size of [piece, ...smallerPieces]) {
    const pieces = onDisk(path, compressedPiece, damage === undefined ? onRead : () => {})
    let seen = 0
    let taken = 0
    const onTaken = (bytes: number): void => {
      taken += bytes
    }
    try {
      for await (const piece of decompress(compression, cutFrom(whole, pieces, size), onTaken)) {
        seen += piece.length
        if (seen > given) yield piece.subarray(Math.max(0, piece.length - (seen - given)))
        given = Math.max(given, seen)
      }
      return
    } catch (cause) {
      damage = cause
      if (!isDamage(cause) || endsEarly(cause) || !losesPieces(compression)) break
    }
    whole = Math.max(whole, taken)
  }
  throw damage
}

/** Whether a damaged piece yields nothing at all. */
const losesPieces = (compression: Compression): boolean =>
  compression === "gzip" || compression === "zstd"

// Nothing of it is lost in the last piece: the data is sound as far as it goes.
const endsEarly = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "Z_BUF_ERROR"
