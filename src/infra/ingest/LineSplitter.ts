/** A line with where it stands: its number from 1, and the bytes of the file up to its end. */
export interface PlacedLine {
  readonly bytes: Buffer
  readonly line: number
  /** The offset of the first byte after the line and its line end. */
  readonly end: number
  /** The length of the whole line; more than `bytes` holds where the line was too long. */
  readonly length: number
}

/** The longest line that is read; of a longer one only the beginning is kept. */
export const longestLine = 1024 * 1024
/** How much of a line that is too long is kept. */
export const keptOfLongLine = 64 * 1024
/** By how many bytes before it a place in a file is recognised. */
export const tailLength = 1024
const lineFeed = 0x0a
const none: Buffer = Buffer.alloc(0)

/**
 * Cuts the content of a file, given in pieces, into lines. A line that never ends costs no more
 * memory than {@link longestLine}.
 */
export class LineSplitter {
  /** The number of lines that have ended. */
  lines = 0
  /** The bytes up to the end of the last line that has ended. */
  consumed = 0
  /** The last bytes, at most {@link tailLength}, before `consumed`. */
  tail: Buffer = none
  /** The last bytes, at most {@link tailLength}, of everything that was given. */
  recent: Buffer = none
  #open: Array<Buffer> = []
  #openLength = 0
  /** Pieces of the open line are put together when there are this many: each costs memory too. */
  readonly #mostOpenPieces = 64

  /** The lines that end in this piece. The bytes are views of the pieces given. */
  push(piece: Buffer): Array<PlacedLine> {
    const lines: Array<PlacedLine> = []
    let start = 0
    for (;;) {
      const feed = piece.indexOf(lineFeed, start)
      if (feed === -1) break
      lines.push(this.#close(piece.subarray(start, feed)))
      start = feed + 1
    }
    if (start > 0) this.tail = lastOf(this.recent, piece.subarray(0, start))
    this.recent = lastOf(this.recent, piece)
    if (start < piece.length) this.#keepOpen(piece.subarray(start))
    return lines
  }

  /** What stands behind the last line end, if anything; it is not counted as consumed. */
  rest(): PlacedLine | undefined {
    if (this.#openLength === 0) return undefined
    const end = this.consumed + this.#openLength
    return this.#placed(Buffer.concat(this.#open), this.lines + 1, end, this.#openLength)
  }

  #close(last: Buffer): PlacedLine {
    const length = this.#openLength + last.length
    const bytes = this.#open.length === 0 ? last : Buffer.concat([...this.#open, last])
    this.#open = []
    this.#openLength = 0
    this.lines += 1
    this.consumed += length + 1
    return this.#placed(bytes, this.lines, this.consumed, length)
  }

  #placed(bytes: Buffer, line: number, end: number, length: number): PlacedLine {
    const kept = length > longestLine ? bytes.subarray(0, keptOfLongLine) : bytes
    return { bytes: kept, line, end, length }
  }

  #keepOpen(part: Buffer): void {
    const wasShort = this.#openLength <= longestLine
    this.#openLength += part.length
    if (wasShort) this.#open.push(Buffer.from(part))
    if (this.#openLength <= longestLine) {
      if (this.#open.length > this.#mostOpenPieces) this.#open = [Buffer.concat(this.#open)]
    } else if (wasShort) {
      this.#open = [Buffer.from(Buffer.concat(this.#open).subarray(0, keptOfLongLine))]
    }
  }
}

const lastOf = (before: Buffer, piece: Buffer): Buffer => {
  const bytes = piece.length >= tailLength ? piece : Buffer.concat([before, piece])
  return Buffer.from(bytes.subarray(Math.max(0, bytes.length - tailLength)))
}
