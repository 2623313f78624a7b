import { SourceRecord } from "../SourceRecord.ts"

/** The fields of one CSV record, and the line they are parts of: several physical lines in one. */
interface CsvRecord {
  readonly fields: ReadonlyArray<string>
  readonly line: SourceRecord
}

/** Puts CSV records together from the physical lines of a file, given one by one. */
export interface CsvReader {
  /**
   * The record that this line completes; `open` while a quoted field goes on in the next line. A
   * record that is longer than {@link longestRecord} is given up and the next line starts afresh.
   */
  readonly take: (line: SourceRecord) => CsvRecord | "open" | "malformed" | "too-long"
  /** Whether a record is open. */
  readonly isOpen: () => boolean
  /** Forgets the open record. */
  readonly reset: () => void
}

/** The most bytes of a record that spans several lines. */
export const longestRecord = 64 * 1024
/** The most lines of a record: after a stray quote, so many are looked at again. */
const mostLines = 100

const lineFeed = Buffer.from("\n")
const returnAndFeed = Buffer.from("\r\n")

/**
 * Reads CSV as RFC 4180 has it: a quote opens a field only at its beginning, stands doubled for
 * itself, and ends the field otherwise, after which only a comma may come. Line ends inside a
 * field are part of it, as they were.
 */
export const csvReader = (): CsvReader => {
  let lines: Array<Uint8Array> = []
  let length = 0

  const reset = (): void => {
    lines = []
    length = 0
  }

  const take = (line: SourceRecord): ReturnType<CsvReader["take"]> => {
    if (lines.length === 0 && !line.text.includes('"')) {
      return { fields: line.text.split(","), line }
    }
    const scanned = scan(line.text, lines.length > 0)
    if (lines.length === 0 && scanned !== "open") return asRecord(line, scanned)
    const bytes = line.bytesOf(line.text)
    length += bytes.length + 2
    if (length > longestRecord || lines.length >= 2 * mostLines) {
      reset()
      return "too-long"
    }
    lines.push(bytes, line.hadReturn ? returnAndFeed : lineFeed)
    if (scanned === "open") return "open"
    const whole = SourceRecord.of(Buffer.concat(lines.slice(0, -1)))
    reset()
    return asRecord(whole, scan(whole.text, false))
  }

  return { take, isOpen: () => lines.length > 0, reset }
}

type Scanned = ReadonlyArray<string> | "open" | "malformed"

const asRecord = (line: SourceRecord, scanned: Scanned): CsvRecord | "open" | "malformed" =>
  typeof scanned === "string" ? scanned : { fields: scanned, line }

/** The fields of a text, or of the rest of a record that is inside a quoted field at its start. */
const scan = (text: string, inside: boolean): Scanned => {
  const fields: Array<string> = []
  let quoted = inside || text.startsWith('"')
  let at = inside ? 0 : 1
  let malformed = false
  let start = 0
  for (;;) {
    if (quoted) {
      const end = closingQuote(text, at)
      if (end === -1) return "open"
      fields.push(text.slice(at, end).replaceAll('""', '"'))
      start = end + 1
    }
    const comma = text.indexOf(",", start)
    const rest = comma === -1 ? text.slice(start) : text.slice(start, comma)
    if (!quoted) fields.push(rest)
    else if (rest !== "") malformed = true
    if (comma === -1) return malformed ? "malformed" : fields
    start = comma + 1
    quoted = text[start] === '"'
    at = start + 1
  }
}

const closingQuote = (text: string, from: number): number => {
  let at = text.indexOf('"', from)
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at
}
