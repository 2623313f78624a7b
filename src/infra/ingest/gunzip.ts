import { createGunzip } from "node:zlib"

/** Whether a file begins like gzip, whatever it is called. */
export const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b

/** Whether something failed because compressed data is damaged, or ends too early. */
export const isDamage = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_")

/**
 * Decompresses gzip, of one member or several, piece by piece. Data that is cut or damaged gives
 * what comes before that, up to the last piece that is whole, and then fails (see
 * {@link isDamage}). `onTaken` is told the length of each piece whose content has been given.
 */
export async function* gunzip(
  pieces: AsyncIterable<Buffer>,
  onTaken: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  const unzip = createGunzip()
  const made: Array<Buffer> = []
  let ended = false
  let settle: (error?: Error | null) => void = () => {}
  const step = (work: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      settle = (error) => (error ? reject(error) : resolve())
      work(settle)
    })
  unzip.on("data", (piece: Buffer) => made.push(piece))
  unzip.on("error", (error) => settle(error))
  // Zeros behind the last member end it in the middle of a write, which is then never answered.
  unzip.on("end", () => {
    ended = true
    settle()
  })
  try {
    for await (const piece of pieces) {
      await step((done) => unzip.write(piece, done))
      yield* made.splice(0)
      onTaken(piece.length)
      if (ended) return
    }
    await step((done) => unzip.end((error?: Error | null) => error && done(error)))
    yield* made.splice(0)
  } finally {
    unzip.destroy()
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
