import { JsonScanner } from "./JsonScanner.ts"
import { Utf16Decoder } from "./Utf16Decoder.ts"

/** A record with where it stands: a line, or a JSON value that is less or more than a line. */
export interface PlacedRecord {
  readonly bytes: Buffer
  /** The number of the line in which it begins, from 1. */
  readonly line: number
  /** The offset of the first byte behind it and its line end. */
  readonly end: number
  /** The length of the whole record; more than `bytes` holds where it was too long. */
  readonly length: number
}

/** The longest record that is read; of a longer one only the beginning is kept. */
export const longestRecord = 1024 * 1024
/** How much of a record that is too long is kept. */
export const keptOfLongRecord = 64 * 1024
/** By how many bytes before it a place in a file is recognised. */
export const tailLength = 1024
/** A line of JSON that is longer may hold a list of records: it is looked into, not waited for. */
const longLine = 64 * 1024
/** So many NULs in a row are no part of any text; fewer may be, in what is no JSON. */
const shortestHole = 32

const lineFeed = 0x0a
const none: Buffer = Buffer.alloc(0)

/** A record that is too long, until it ends: its beginning, and what it has come to. */
interface LongRecord {
  readonly kept: Buffer
  length: number
  /** Its bytes as they were given. */
  given: number
}

/**
 * Cuts the content of a file, given in pieces, into records.
 *
 * A record is a line, but in a file of JSON, which is one that begins with `{` or with `[` and one of
 * these, or whose format is known to be JSON, it is a value: a line, an object over several lines, or
 * an element of an array however the array is laid out. UTF-16 becomes UTF-8. A hole of NULs, which a
 * log may have where it was truncated under its writer or the power failed, ends a line and is passed
 * over. Offsets are those of the bytes given.
 *
 * A record that never ends costs no more memory than {@link longestRecord}.
 */
export class RecordSplitter {
  /** The number of lines that have ended. */
  lines = 0
  /** The bytes up to the end of the last record that has ended. */
  consumed = 0
  /** The last bytes, at most {@link tailLength}, before `consumed`. */
  tail: Buffer = none
  /** The last bytes, at most {@link tailLength}, of everything that was given. */
  recent: Buffer = none
  /** The NULs passed over. */
  nulBytes = 0

  #given = 0
  #kind: "json" | "text" | undefined
  /** The beginning of the content, until it shows how it is encoded. */
  #undecided: Buffer | undefined = none
  #utf16: Utf16Decoder | undefined
  /** What has come and is not consumed, in a buffer with room for more. */
  #room: Buffer = none
  #open: Buffer = none
  /** How much of it has been looked at. */
  #seen = 0
  #long: LongRecord | undefined
  #isInHole = false
  /** Whether the open line is one record, whatever it looks like. */
  #isPlain = false
  /** Whether something was cut off the open line already. */
  #isMidLine = false
  #scanner: JsonScanner | undefined
  #linesBeforeScan = 0
  /** The line in which the record that is being scanned begins; 0 while there is none. */
  #scannedLine = 0

  constructor(isJson = false) {
    this.#kind = isJson ? "json" : undefined
  }

  /** The records that end in this piece. Their bytes may be views of it. */
  push(piece: Buffer): ReadonlyArray<PlacedRecord> {
    const records: Array<PlacedRecord> = []
    const content = this.#decoded(piece)
    const { consumed: before, tail } = this
    const wasOpen = this.#open.length
    const window = this.#joined(content)
    let start = 0
    let limit = window.length
    if (content.includes(0) || window[wasOpen - 1] === 0) {
      const behind = this.#cutAroundHoles(window, wasOpen, records)
      start = behind.start
      limit = behind.limit
    } else if (content.length > 0) this.#isInHole = false
    start = this.#cut(window, start, limit, records)
    this.#keep(window, start)
    if (this.consumed > before) this.tail = this.#tailNow(tail, window, before, piece)
    this.recent = lastOf(this.recent, piece)
    this.#given += piece.length
    return records
  }

  /**
   * What stands behind the last end of a record, if anything; it is not counted as consumed. An
   * object over several lines that does not end is one record, unless there are whole ones in it.
   */
  rest(): ReadonlyArray<PlacedRecord> {
    const open = this.#undecided ?? this.#open
    let end = open.length
    if (this.#kind !== "text") while (open[end - 1] === 0) end--
    return this.#restOf(open.subarray(0, end))
  }

  #restOf(open: Buffer): ReadonlyArray<PlacedRecord> {
    if (this.#long !== undefined) {
      const { kept, length, given } = this.#long
      const end = this.consumed + given + this.#givenLength(open)
      return [{ bytes: kept, line: this.#lineNow(), end, length: length + open.length }]
    }
    if (open.length === 0 || (this.#scanner !== undefined && this.#scannedLine === 0)) return []
    const line = this.#lineNow()
    const end = this.consumed + this.#givenLength(open)
    const whole = [{ bytes: open, line, end, length: open.length }]
    const feed = this.#scanner === undefined ? -1 : open.indexOf(lineFeed)
    if (feed === -1) return whole
    const behind = open.subarray(feed + 1)
    const others = new RecordSplitter(true)
    const records = others.push(Buffer.from(behind))
    if (!records.some(({ bytes }) => isObject(bytes))) return whole
    const endOfFirst = this.consumed + this.#givenLength(open.subarray(0, feed + 1))
    const first = { bytes: open.subarray(0, feed), line, end: endOfFirst, length: feed }
    const shifted = [...records, ...others.rest()].map((record) => ({
      ...record,
      line: line + record.line,
      end: endOfFirst + this.#givenLength(behind.subarray(0, record.end)),
    }))
    return [first, ...shifted]
  }

  #lineNow(): number {
    return this.#scannedLine === 0 ? this.lines + 1 : this.#scannedLine
  }

  #decoded(piece: Buffer): Buffer {
    if (this.#undecided !== undefined) {
      const beginning = Buffer.concat([this.#undecided, piece])
      const decoder = Utf16Decoder.for(beginning)
      if (decoder === "undecided") {
        this.#undecided = beginning
        return none
      }
      this.#undecided = undefined
      this.#utf16 = decoder
      return decoder === undefined ? beginning : decoder.decode(beginning)
    }
    return this.#utf16 === undefined ? piece : this.#utf16.decode(piece)
  }

  /** What is open with some more content behind it. */
  #joined(content: Buffer): Buffer {
    const length = this.#open.length + content.length
    if (this.#open.length === 0) return content
    if (length > this.#room.length) {
      // What comes in small pieces is copied a few times, and not with each of them.
      const isSmall = content.length < this.#open.length
      this.#room = Buffer.allocUnsafe(isSmall ? 2 * length : length)
      this.#open.copy(this.#room)
    }
    content.copy(this.#room, this.#open.length)
    return this.#room.subarray(0, length)
  }

  /** Keeps what of a window is not consumed. Records are views of it: it is not written to again. */
  #keep(window: Buffer, start: number): void {
    const isRoom = this.#open.length > 0
    if (isRoom && start === 0) {
      this.#open = window
      return
    }
    this.#room = Buffer.from(window.subarray(start))
    this.#open = this.#room
  }

  /**
   * Cuts a window up to behind the last hole in it, of which there may be none behind `from`. Answers
   * what is left to be cut: NULs at its end may yet show to be a hole.
   */
  #cutAroundHoles(
    window: Buffer,
    from: number,
    records: Array<PlacedRecord>,
  ): { readonly start: number; readonly limit: number } {
    let start = 0
    // What was no hole may have become one.
    let end = from
    while (window[end - 1] === 0) end--
    for (;;) {
      const nul = window.indexOf(0, end)
      if (nul === -1) return { start, limit: window.length }
      end = nul + 1
      while (window[end] === 0) end++
      start = this.#cut(window, start, nul, records)
      if (!this.#isHole(window, start, nul, end)) {
        if (end === window.length && this.#kind !== "text") return { start, limit: nul }
        continue
      }
      this.#endAtHole(window.subarray(start, nul), records)
      this.nulBytes += end - nul
      this.consumed += this.#givenLength(window.subarray(nul, end))
      this.#isInHole = end === window.length
      start = end
    }
  }

  #isHole(window: Buffer, start: number, nul: number, end: number): boolean {
    if (end - nul >= shortestHole || (this.#isInHole && nul === 0)) return true
    if (this.#kind === "text") return false
    const isOpen = start < nul || this.#long !== undefined
    const next = window[end]
    return !isOpen || next === lineFeed || (next !== undefined && opening.has(next))
  }

  /** A hole ends what is open, as the end of the file would. */
  #endAtHole(open: Buffer, records: Array<PlacedRecord>): void {
    records.push(...this.#restOf(open))
    this.consumed += this.#givenLength(open) + (this.#long?.given ?? 0)
    if (this.#scannedLine > 0) {
      this.lines = this.#linesBeforeScan + (this.#scanner?.lines ?? 0)
      this.#scanner = undefined
      this.#scannedLine = 0
    }
    this.#long = undefined
    this.#seen = 0
    this.#isPlain = false
    this.#isMidLine = true
  }

  /** Cuts a window from `start` up to `limit`; answers where what is left open begins. */
  #cut(window: Buffer, start: number, limit: number, records: Array<PlacedRecord>): number {
    let at = start
    while (at < limit) {
      const next =
        this.#scanner === undefined
          ? this.#cutLine(window, at, limit, records)
          : this.#cutValue(this.#scanner, window, at, limit, records)
      if (next === undefined) break
      at = next
    }
    return at
  }

  #cutLine(
    window: Buffer,
    start: number,
    limit: number,
    records: Array<PlacedRecord>,
  ): number | undefined {
    const feed = window.indexOf(lineFeed, start + this.#seen)
    if (feed === -1 || feed >= limit) return this.#waitForLine(window, start, limit)
    const bytes = window.subarray(start, feed)
    const isPlain = this.#kind === "text" || this.#isPlain || this.#long !== undefined
    const shape = isPlain ? "line" : this.#shapeOf(bytes, true)
    this.#seen = 0
    if (shape === "value" || shape === "array") return this.#beginScan(window, start)
    const length = bytes.length + (this.#long?.length ?? 0)
    const given = this.#givenLength(bytes) + (this.#long?.given ?? 0)
    const kept = this.#long?.kept ?? (shape === "object" ? trimmed(bytes) : bytes)
    this.lines++
    this.consumed += given + (this.#utf16 === undefined ? 1 : 2)
    // What is left of a line behind a value is mostly its end.
    const isNothing = shape === "punctuation" || (shape === "blank" && this.#isMidLine)
    if (!isNothing) records.push(this.#placed(kept, this.lines, length))
    this.#long = undefined
    this.#isPlain = false
    this.#isMidLine = false
    return feed + 1
  }

  #waitForLine(window: Buffer, start: number, limit: number): number | undefined {
    this.#seen = limit - start
    if (this.#kind !== "text" && !this.#isPlain && this.#long === undefined) {
      // An array is not waited for; of anything else so much has to come.
      const shape = this.#shapeOf(window.subarray(start, limit), false)
      const isLong = this.#seen > longLine
      if (shape === "array" || (shape === "value" && isLong)) return this.#beginScan(window, start)
      this.#isPlain = isLong
    }
    return this.#dropIfLong(window, start, limit)
  }

  /** Keeps only the beginning of an open record that is too long. */
  #dropIfLong(window: Buffer, start: number, limit: number): number | undefined {
    const length = limit - start
    const given = this.#givenLength(window.subarray(start, limit))
    if (this.#long !== undefined) {
      this.#long.length += length
      this.#long.given += given
    } else {
      if (length <= longestRecord) return undefined
      const kept = Buffer.from(window.subarray(start, start + keptOfLongRecord))
      this.#long = { kept, length, given }
    }
    this.#seen = 0
    return limit
  }

  #beginScan(window: Buffer, start: number): number {
    const at = start + significant(window.subarray(start), 0)
    this.#passOver(window.subarray(start, at))
    this.#seen = 0
    this.#scanner = new JsonScanner()
    this.#linesBeforeScan = this.lines
    return at
  }

  #endScan(): void {
    this.#scanner = undefined
    this.#scannedLine = 0
    this.#isMidLine = true
  }

  #cutValue(
    scanner: JsonScanner,
    window: Buffer,
    start: number,
    limit: number,
    records: Array<PlacedRecord>,
  ): number | undefined {
    const stop = scanner.scan(window.subarray(0, limit), start + this.#seen)
    const { at } = scanner
    this.lines = this.#linesBeforeScan + scanner.lines
    this.#seen = 0
    switch (stop) {
      case "begin":
        // What came before it is the array's, or what an answer says besides its records.
        this.#passOver(window.subarray(start, at))
        this.#scannedLine = this.lines + 1
        return at
      case "end": {
        const bytes = window.subarray(start, at)
        const length = bytes.length + (this.#long?.length ?? 0)
        const kept = this.#long?.kept ?? bytes
        const line = this.#scannedLine
        this.#passOver(bytes)
        records.push(this.#placed(kept, line, length))
        this.#scannedLine = 0
        if (scanner.isOver) this.#endScan()
        return at
      }
      case "over":
        this.#passOver(window.subarray(start, at))
        this.#endScan()
        return at
      case "invalid":
        return this.#giveUp(window, start, at, records)
      case "more":
        if (this.#scannedLine === 0) {
          this.#passOver(window.subarray(start, limit))
          return limit
        }
        this.#seen = limit - start
        return this.#dropIfLong(window, start, limit)
    }
  }

  /** What is open is no JSON: its first line is a record, and the next begins behind that. */
  #giveUp(window: Buffer, start: number, at: number, records: Array<PlacedRecord>): number {
    this.#scanner = undefined
    const line = this.#scannedLine
    this.#scannedLine = 0
    if (line > 0 && this.#long === undefined) {
      this.lines = line - 1
      this.#isPlain = true
      return start
    }
    const { kept, length } = this.#long ?? { kept: none, length: 0 }
    const bytes = window.subarray(start, at)
    this.#passOver(bytes)
    if (line > 0) records.push(this.#placed(kept, line, length + bytes.length))
    this.#isMidLine = true
    return at
  }

  #passOver(bytes: Buffer): void {
    this.consumed += this.#givenLength(bytes) + (this.#long?.given ?? 0)
    this.#long = undefined
  }

  #placed(bytes: Buffer, line: number, length: number): PlacedRecord {
    const kept = length > longestRecord ? bytes.subarray(0, keptOfLongRecord) : bytes
    return { bytes: kept, line, end: this.consumed, length }
  }

  /** How many bytes were given for this content. */
  #givenLength(content: Buffer): number {
    return this.#utf16 === undefined ? content.length : this.#utf16.lengthOf(content)
  }

  #tailNow(tail: Buffer, window: Buffer, before: number, piece: Buffer): Buffer {
    const ofPiece = this.consumed - this.#given
    if (ofPiece >= 0) return lastOf(this.recent, piece.subarray(0, ofPiece))
    const given = this.#utf16 === undefined ? window : this.#utf16.encode(window)
    return lastOf(tail, given.subarray(0, this.consumed - before))
  }

  /**
   * What a line looks like: nothing, what stands between the elements of an array, an array or its
   * beginning, a whole object, the beginning of one that may end on another line or hold records, or
   * anything else.
   */
  #shapeOf(line: Buffer, isWhole: boolean): Shape {
    const first = significant(line, 0)
    const begins = line[first]
    if (begins === undefined) return line.includes(0x2c) ? "punctuation" : "blank"
    const next = line[significant(line, first + 1)]
    // Half a byte order mark, or a bracket with nothing behind it yet, says nothing.
    const isHalfMark = begins === 0xef && line.length < 3
    if (!isWhole && (isHalfMark || (next === undefined && begins !== 0x7b))) return "line"
    const isArray = begins === 0x5b && (next === undefined || opening.has(next))
    this.#kind ??= begins === 0x7b || isArray ? "json" : "text"
    if (this.#kind === "text") return "line"
    if (isArray) return "array"
    if (begins === 0x5d) return next === undefined ? "punctuation" : "line"
    if (begins !== 0x7b) return "line"
    return isWhole && line.length <= longLine && isObject(line) ? "object" : "value"
  }
}

type Shape = "blank" | "punctuation" | "array" | "object" | "value" | "line"

/** Whether the last byte of a line that matters closes an object. */
const isObject = (line: Buffer): boolean => line[lastSignificant(line)] === 0x7d

const trimmed = (line: Buffer): Buffer =>
  line.subarray(significant(line, 0), lastSignificant(line) + 1)

/** The place of the first byte that is neither blank nor a comma, a separator or a byte order mark. */
const significant = (line: Buffer, from: number): number => {
  let at = from
  if (at === 0 && line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) at = 3
  while (isBetween(line[at])) at++
  return at
}

const lastSignificant = (line: Buffer): number => {
  let at = line.length - 1
  while (isBetween(line[at])) at--
  return at
}

// Spaces, tabs and carriage returns; a comma; the record separator of JSON text sequences.
const isBetween = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x2c || byte === 0x1e

/** What the first element of an array of records begins with, or its end. */
const opening: ReadonlySet<number> = new Set([0x7b, 0x5b, 0x22, 0x5d])

const lastOf = (before: Buffer, piece: Buffer): Buffer => {
  const bytes = piece.length >= tailLength ? piece : Buffer.concat([before, piece])
  return Buffer.from(bytes.subarray(Math.max(0, bytes.length - tailLength)))
}
