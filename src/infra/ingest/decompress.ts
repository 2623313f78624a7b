import { ReadableStream } from "node:stream/web"
import { createGunzip, createZstdDecompress } from "node:zlib"

/** Supported compressions. */
export type Compression = StreamCompression | "zip"

/** Those that can be read as a stream: of a zip archive, the end has to be read first. */
type StreamCompression = "gzip" | "zstd" | "xz" | "bzip2"

/** Recognises a compression by the first bytes of a file, whatever its name. */
export const compressionOf = (head: Uint8Array): Compression | undefined =>
  magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0]

/** The number of bytes needed to recognise one. */
export const magicLength = 6

const magics: ReadonlyArray<readonly [Compression, ReadonlyArray<number>]> = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["zip", [0x50, 0x4b, 0x03, 0x04]],
]

/** Compressed data is damaged or truncated, and the decompressor has no error code for it. */
export class Damage extends Error {}

/** Whether something failed because compressed data is damaged or truncated. */
export const isDamage = (cause: unknown): boolean =>
  cause instanceof Damage ||
  (cause instanceof Error && "code" in cause && /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(String(cause.code)))

/**
 * Decompresses data piece by piece, including several members in a row. Truncated or damaged data
 * yields everything up to the last intact piece and then fails (see {@link isDamage}). `onTaken`
 * receives the length of each piece after its content was yielded; gzip and zstd only.
 */
export const decompress = (
  compression: StreamCompression,
  pieces: AsyncIterable<Buffer>,
  onTaken: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> => {
  switch (compression) {
    case "gzip":
      return inflated(createGunzip, pieces, onTaken)
    case "zstd":
      return inflated(createZstdDecompress, pieces, onTaken)
    case "xz":
      return telling(unxz(pieces))
    case "bzip2":
      return telling(unbzip2(pieces))
  }
}

type Inflate = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>

async function* inflated(
  start: () => Inflate,
  pieces: AsyncIterable<Buffer>,
  onTaken: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const made: Array<Buffer> = []
  let ended = false
  let settle: (error?: Error | null) => void = () => {}
  const step = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve())
      work(settle)
    })
  const begin = (): Inflate => {
    const unzip = start()
    ended = false
    unzip.on("data", (piece: Buffer) => made.push(piece))
    unzip.on("error", (error) => settle(error))
    // Trailing bytes after the last member end the stream during a write, whose callback never runs.
    unzip.on("end", () => {
      ended = true
      settle()
    })
    return unzip
  }
  // gunzip continues with the next member by itself; the zstd decompressor ends after each frame.
  const goesOn = start === createGunzip
  let unzip = begin()
  try {
    for await (const piece of pieces) {
      let rest = piece
      do {
        const before = unzip.bytesWritten
        await step((done) => unzip.write(rest, done))
        yield* made.splice(0)
        if (!ended) break
        rest = rest.subarray(goesOn ? rest.length : unzip.bytesWritten - before)
        if (rest.length > 0) unzip = begin()
      } while (rest.length > 0)
      onTaken(piece.length)
      if (ended && goesOn) return
      if (ended) unzip = begin()
    }
    if (unzip.bytesWritten === 0) return
    await step((done) => unzip.end((error?: Error | null) => error && done(error)))
    yield* made.splice(0)
  } finally {
    unzip.destroy()
  }
}

async function* unxz(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { XzReadableStream } = await import("xz-decompress")
  const input = ReadableStream.from<Uint8Array>(pieces)
  const reader = new XzReadableStream(input).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield Buffer.from(value)
    }
  } finally {
    await reader.cancel().catch(() => {}) // it has failed, or is at its end
  }
}

/** Maximum output held in memory at once: logs expand about 30 times, bombs far more. */
const mostAtOnce = 32 * 1024 * 1024

async function* unbzip2(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { default: decompressor } = await import("unbzip2-stream")
  const stream = decompressor()
  const made: Array<Buffer> = []
  let failure: Error | undefined
  // The stream emits the output of each piece before write() returns, and the rest in end().
  let size = 0
  stream.on("data", (piece: Buffer) => {
    size += piece.length
    if (size > mostAtOnce) throw new Error("it grows too much to be a log")
    made.push(piece)
  })
  stream.on("error", (error: Error) => {
    failure = error
  })
  for await (const piece of pieces) {
    size = 0
    stream.write(piece)
    yield* made.splice(0)
    if (failure !== undefined) throw failure
  }
  size = 0
  stream.end()
  yield* made.splice(0)
  if (failure !== undefined) throw failure
}

/** Errors without a code come from the decompressor, not from reading the file. */
export async function* telling(content: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause
    throw new Damage(String(cause), { cause })
  }
}

/** Passes pieces through up to an offset, and splits them into smaller ones after it. */
export async function* cutFrom(
  offset: number,
  pieces: AsyncIterable<Buffer>,
  size: number,
): AsyncGenerator<Buffer> {
  let at = 0
  for await (const piece of pieces) {
    const asIs = Math.min(piece.length, Math.max(0, offset - at))
    if (asIs > 0) yield piece.subarray(0, asIs)
    for (let start = asIs; start < piece.length; start += size) {
      yield piece.subarray(start, start + size)
    }
    at += piece.length
  }
}
