import { ContainerLines } from "./envelopes/ContainerLines.ts"
import { recordsIn } from "./envelopes/recordsIn.ts"
import { openCertain, openLayers, type Unwrapped, unwrap } from "./envelopes/unwrap.ts"
import {
  openRecord,
  type ParsedRecord,
  type RecordParser,
  rejected,
  type SourceAdapter,
} from "./SourceAdapter.ts"
import type { SourceRecord } from "./SourceRecord.ts"

/**
 * Reads the records of one file: takes them out of the envelopes that shippers have put them into,
 * and has them parsed. Whether there are envelopes shows in the first record of the format, bare or
 * not. In a file of bare records only those that are rejected are looked into.
 */
export class RecordReader {
  readonly #adapter: SourceAdapter
  readonly #parser: RecordParser
  readonly #lines = new ContainerLines()
  #isWrapped: boolean | undefined
  #layers: Unwrapped["layers"] = []
  /** Whether the last record goes on in the next: then that one is in the same envelopes. */
  #isInside = false

  constructor(adapter: SourceAdapter, parser: RecordParser) {
    this.#adapter = adapter
    this.#parser = parser
  }

  startFile(): void {
    this.#isWrapped = undefined
    this.#layers = []
    this.#isInside = false
    this.#lines.reset()
    this.#parser.startFile()
  }

  /** What a record comes to: as many as are in its envelope, mostly one. */
  read(record: SourceRecord): ReadonlyArray<ParsedRecord> {
    if (this.#isWrapped === undefined && this.#adapter.recognises(record)) this.#isWrapped = false
    if (this.#isWrapped !== false) return this.#readInside(record) ?? [this.#parse(record)]
    const wasInside = this.#isInside
    const parsed = this.#parse(record)
    const isOther = "rejected" in parsed || parsed.isOther === true
    if (!isOther || wasInside) return [parsed]
    return this.#readInside(record) ?? [parsed]
  }

  /** The end of a file: what is still open was cut off. `undefined` when there is nothing left. */
  endFile(): ParsedRecord | undefined {
    this.#isInside = false
    if (!this.#lines.isOpen) return this.#parser.endFile()
    this.#lines.reset()
    return rejected("cut-line")
  }

  #parse(record: SourceRecord): ParsedRecord {
    const parsed = this.#parser.parse(record)
    this.#isInside = "open" in parsed
    return parsed
  }

  #readInside(record: SourceRecord): ReadonlyArray<ParsedRecord> | undefined {
    const line = this.#lines.take(record)
    if (line === "open") return [openRecord]
    const inside = this.#inside(line ?? record) ?? (line && recordsIn(line.text, line))
    if (inside === undefined) return undefined
    this.#isWrapped = true
    return inside.map((one) => this.#parse(one))
  }

  #inside(record: SourceRecord): ReadonlyArray<SourceRecord> | undefined {
    if (this.#isInside) return openLayers(record, this.#layers)
    if (this.#adapter.recognises(record)) return undefined
    const found = unwrap(record, this.#adapter.recognises)
    if (found !== undefined) this.#layers = found.layers
    return found?.records ?? this.#insideAsBefore(record) ?? openCertain(record)
  }

  /** What is no record of the format may be in the same envelopes as those that are. */
  #insideAsBefore(record: SourceRecord): ReadonlyArray<SourceRecord> | undefined {
    return this.#layers.length === 0 ? undefined : openLayers(record, this.#layers)
  }
}
