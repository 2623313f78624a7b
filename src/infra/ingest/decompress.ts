import { ReadableStream } from "node:stream/web"
import { createGunzip, createZstdDecompress } from "node:zlib"

/** How a file is compressed, as far as it can be read. */
export type Compression = "gzip" | "zstd" | "xz" | "bzip2"

/** How a file is compressed by its first bytes, whatever it is called. */
export const compressionOf = (head: Uint8Array): Compression | undefined =>
  magics.find(([, magic]) => magic.every((byte, index) => head[index] === byte))?.[0]

/** So many of the first bytes tell. */
export const magicLength = 6

const magics: ReadonlyArray<readonly [Compression, ReadonlyArray<number>]> = [
  ["gzip", [0x1f, 0x8b]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["bzip2", [0x42, 0x5a, 0x68]],
]

/** Compressed data is damaged, or ends too early, as told by whoever reads this compression. */
class Damage extends Error {}

/** Whether something failed because compressed data is damaged, or ends too early. */
export const isDamage = (cause: unknown): boolean =>
  cause instanceof Damage ||
  (cause instanceof Error && "code" in cause && /^(?:Z_|ZSTD_|ERR_ZSTD)/.test(String(cause.code)))

/**
 * Decompresses data, of one member or several, piece by piece. Data that is cut or damaged gives
 * what comes before that, up to the last piece that is whole, and then fails (see
 * {@link isDamage}). `onTaken` is told the length of each piece whose content has been given, where
 * the compression allows to begin again in smaller ones.
 */
export const decompress = (
  compression: Compression,
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
    // What stands behind the last member ends it in the middle of a write, which is then never answered.
    unzip.on("end", () => {
      ended = true
      settle()
    })
    return unzip
  }
  // gzip goes on with the next member by itself, and ends where there is none; zstd ends with each.
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
  // The types of the two kinds of web streams differ in name only.
  const input = ReadableStream.from(pieces) as unknown as globalThis.ReadableStream<Uint8Array>
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

/** What comes out of so little is not held in memory beyond this. A log grows to some 30 times. */
const mostAtOnce = 32 * 1024 * 1024

async function* unbzip2(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const { default: decompressor } = await import("unbzip2-stream")
  const stream = decompressor()
  const made: Array<Buffer> = []
  let failure: Error | undefined
  // It gives what it makes of a piece before it takes the next, and all that is left at the end.
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

/** Where reading the file fails, that has a code; what else goes wrong, is wrong with the data. */
async function* telling(content: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* content
  } catch (cause) {
    if (cause instanceof Error && "code" in cause) throw cause
    throw new Damage(String(cause), { cause })
  }
}

/** Pieces as they are up to an offset, and cut smaller from there on. */
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
