import { SourceRecord } from "../sources/SourceRecord.ts"
import { longestRecord, RecordSplitter } from "./RecordSplitter.ts"

const sampleSize = 50
const sampleBytes = 256 * 1024

/**
 * The first records of a file, by which its format is recognised: 50, or what there is in 256 KiB, but
 * at least one. Blank lines and holes of NULs before and between them count for nothing.
 */
export class RecordSample {
  readonly #splitter = new RecordSplitter()
  readonly #bytes: Array<Buffer> = []
  #given = 0
  #isEmpty = true

  /** Takes a piece of the file; answers whether these are enough. */
  add(piece: Buffer): boolean {
    this.#given += piece.length
    for (const { bytes } of this.#splitter.push(piece)) this.#keep(bytes)
    const { nulBytes, consumed } = this.#splitter
    if (this.#bytes.length > 0 && this.#given - nulBytes >= sampleBytes) return true
    return this.#bytes.length >= sampleSize || this.#given - consumed > longestRecord
  }

  /** The records, and what stands behind the last of them. */
  get records(): ReadonlyArray<SourceRecord> {
    const rest = this.#splitter.rest().map(({ bytes }) => bytes)
    return [...this.#bytes, ...rest].slice(0, sampleSize).map((bytes) => SourceRecord.of(bytes))
  }

  /** Whether there was nothing at all. */
  get isEmpty(): boolean {
    return this.#isEmpty && this.#given === 0
  }

  #keep(bytes: Buffer): void {
    this.#isEmpty = false
    if (this.#bytes.length < sampleSize && isWritten(bytes)) this.#bytes.push(Buffer.from(bytes))
  }
}

/** Whether there is more in a line than white space. */
const isWritten = (line: Buffer): boolean => line.some((byte) => byte > 0x20)
