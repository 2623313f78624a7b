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
const keptOfLongLine = 64 * 1024
const tailLength = 1024
const lineFeed = 0x0a

/**
 * Cuts the content of a file, given in pieces, into lines. A line that never ends costs no more
 * memory than {@link longestLine}.
 */
export class LineSplitter {
  /** The number of lines that have ended. */
  lines = 0
  /** The bytes up to the end of the last line that has ended. */
  consumed = 0
  /** The last bytes, at most 1,024, before `consumed`. */
  tail: Buffer = Buffer.alloc(0)
  #open: Array<Buffer> = []
  #openLength = 0

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
    if (start > 0) this.#rememberTail(piece.subarray(0, start))
    if (start < piece.length) this.#keepOpen(piece.subarray(start))
    return lines
  }

  /** What stands behind the last line end, if anything; it is not counted as consumed. */
  rest(): PlacedLine | undefined {
    if (this.#openLength === 0) return undefined
    return {
      bytes: Buffer.concat(this.#open),
      line: this.lines + 1,
      end: this.consumed + this.#openLength,
      length: this.#openLength,
    }
  }

  #close(last: Buffer): PlacedLine {
    const length = this.#openLength + last.length
    const bytes = this.#open.length === 0 ? last : Buffer.concat([...this.#open, last])
    this.#open = []
    this.#openLength = 0
    this.lines += 1
    this.consumed += length + 1
    const kept = length > longestLine ? bytes.subarray(0, keptOfLongLine) : bytes
    return { bytes: kept, line: this.lines, end: this.consumed, length }
  }

  #keepOpen(part: Buffer): void {
    this.#openLength += part.length
    if (this.#openLength <= longestLine) this.#open.push(Buffer.from(part))
    else if (this.#open.length > 1)
      this.#open = [Buffer.concat(this.#open).subarray(0, keptOfLongLine)]
  }

  #rememberTail(ended: Buffer): void {
    const bytes = ended.length >= tailLength ? ended : Buffer.concat([this.tail, ended])
    this.tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - tailLength)))
  }
}
