import { createReadStream } from "node:fs"
import { open } from "node:fs/promises"
import type { Readable } from "node:stream"
import { createGunzip } from "node:zlib"

const pieceSize = 256 * 1024

/** Whether a file begins like gzip, whatever it is called. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

/** The first bytes of a file as they stand on disk, at most `length`. */
export const firstBytes = async (path: string, length: number): Promise<Buffer> => {
  const file = await open(path, "r")
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The bytes of a plain file in a range, as far as they are there. */
export const bytesBetween = async (path: string, start: number, end: number): Promise<Buffer> => {
  const file = await open(path, "r")
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/**
 * The content of a file piece by piece, decompressed where it is gzip, from an offset on where it
 * is not. A gzip file that is cut or damaged gives everything before the damage and then fails.
 * `onRead` is told the bytes on disk as they are read.
 */
export const content = (
  file: { readonly path: string; readonly gzip: boolean },
  options: { readonly from?: number; readonly onRead?: (bytes: number) => void } = {},
): Readable => {
  const { from = 0, onRead } = options
  const raw = createReadStream(file.path, { highWaterMark: pieceSize, start: file.gzip ? 0 : from })
  if (onRead !== undefined) raw.on("data", (piece) => onRead(piece.length))
  if (!file.gzip) return raw
  const unzipped = createGunzip({ chunkSize: pieceSize })
  raw.on("error", (error) => unzipped.destroy(error))
  unzipped.on("close", () => raw.destroy())
  return raw.pipe(unzipped)
}
