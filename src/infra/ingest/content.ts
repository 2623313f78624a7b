import { open } from "node:fs/promises"
import { cutFrom, gunzip, isDamage } from "./gunzip.ts"

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
 * The content of a file piece by piece, decompressed where it is gzip. A gzip file that is cut or
 * damaged gives everything before the damage and then fails. `onRead` is told the bytes on disk as
 * they are read.
 */
export const content = (
  file: { readonly path: string; readonly gzip: boolean },
  onRead: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> =>
  file.gzip ? decompressed(file.path, onRead) : onDisk(file.path, pieceSize, onRead)

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

// A compressed piece with damage in it gives nothing at all. It is then gone through again in
// smaller ones, from the start of the file, since decompressing cannot begin in the middle.
const compressedPiece = 16 * 1024
const smallerPieces = [256, 1]

async function* decompressed(
  path: string,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let given = 0
  let whole = 0
  let damage: unknown
  for (const size of [compressedPiece, ...smallerPieces]) {
    const pieces = onDisk(path, compressedPiece, damage === undefined ? onRead : () => {})
    let seen = 0
    let taken = 0
    const onTaken = (bytes: number): void => {
      taken += bytes
    }
    try {
      for await (const piece of gunzip(cutFrom(whole, pieces, size), onTaken)) {
        seen += piece.length
        if (seen > given) yield piece.subarray(Math.max(0, piece.length - (seen - given)))
        given = Math.max(given, seen)
      }
      return
    } catch (cause) {
      damage = cause
      if (!isDamage(cause) || endsEarly(cause)) break
    }
    whole = Math.max(whole, taken)
  }
  throw damage
}

// Nothing of it is lost in the last piece: the data is sound as far as it goes.
const endsEarly = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && cause.code === "Z_BUF_ERROR"
