import { isUtf8 } from "node:buffer"

export type JsonObject = Readonly<Record<string, unknown>>

/** Why a record that should be a JSON object is none. */
export type JsonFailure = "not-json" | "cut-line" | "not-an-object"

/** Whether a value that came out of JSON is an object: neither `null`, a list nor a scalar. */
export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * One record of a log as an adapter reads it: a line without its line end, or what was inside an
 * envelope.
 *
 * `text` is decoded as UTF-8 or, where the line is not valid UTF-8, byte by byte as Latin-1, so that
 * nothing is lost either way; `bytesOf` gives the bytes that a part of `text` was made from.
 */
export class SourceRecord {
  /** Whether a carriage return stood before the line end: where a value goes on, it is part of it. */
  readonly hadReturn: boolean
  readonly #isLatin1: boolean
  #text: string | undefined
  #object: JsonObject | JsonFailure | undefined

  private constructor(content: string | JsonObject, hadReturn: boolean, isLatin1: boolean) {
    if (typeof content === "string") this.#text = content
    else this.#object = content
    this.hadReturn = hadReturn
    this.#isLatin1 = isLatin1
  }

  /**
   * The record made of a line's bytes, without its line feed: one carriage return at the end and a
   * byte order mark at the beginning are left out.
   */
  static of(bytes: Uint8Array): SourceRecord {
    const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    const hadReturn = bytes.at(-1) === 0x0d
    const end = hadReturn ? bytes.length - 1 : bytes.length
    const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start))
    return isUtf8(line)
      ? new SourceRecord(line.toString("utf8"), hadReturn, false)
      : new SourceRecord(line.toString("latin1"), hadReturn, true)
  }

  /** A line that this record held inside, as a record of its own. */
  inner(text: string): SourceRecord {
    const hadReturn = text.endsWith("\r")
    return new SourceRecord(hadReturn ? text.slice(0, -1) : text, hadReturn, this.#isLatin1)
  }

  /** An object that this record held inside, as a record of its own. */
  innerObject(object: JsonObject): SourceRecord {
    return new SourceRecord(object, false, this.#isLatin1)
  }

  get text(): string {
    this.#text ??= JSON.stringify(this.#object)
    return this.#text
  }

  /** Whether there is nothing in it but white space. */
  get isBlank(): boolean {
    const text = this.#text
    return text !== undefined && !(text.charCodeAt(0) > 0x20) && text.trim() === ""
  }

  /**
   * The JSON object that the record is, parsed once. Otherwise says why it is none: `cut-line` for
   * an object whose end is missing (a file cut short, a writer that died), `not-an-object` for other
   * JSON, `not-json` for everything else.
   */
  get object(): JsonObject | JsonFailure {
    this.#object ??= parsed(this.text)
    return this.#object
  }

  /** The bytes that a part of the text was made from. */
  bytesOf(part: string): Uint8Array {
    return this.#isLatin1 ? latin1Bytes(part) : Buffer.from(part, "utf8")
  }

  /**
   * A part of the text as people read it: where a line was taken byte by byte because of some other
   * part of it, a part that is valid UTF-8 by itself is read as such, so that one name has one
   * spelling whatever stands beside it.
   */
  textOf(part: string): string {
    if (!this.#isLatin1) return part
    const bytes = latin1Bytes(part)
    return isUtf8(bytes) ? bytes.toString("utf8") : part
  }
}

/** The records that the lines of some text are. */
export const recordsOfLines = (bytes: Uint8Array): ReadonlyArray<SourceRecord> => {
  const end = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length
  const records: Array<SourceRecord> = []
  for (let start = 0; start <= end; ) {
    const feed = bytes.indexOf(0x0a, start)
    const endOfLine = feed === -1 ? end : feed
    records.push(SourceRecord.of(bytes.subarray(start, endOfLine)))
    start = endOfLine + 1
  }
  return records
}

const parsed = (text: string): JsonObject | JsonFailure => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const bare = text.trim()
    return bare.startsWith("{") && !bare.endsWith("}") ? "cut-line" : "not-json"
  }
  return isJsonObject(value) ? value : "not-an-object"
}

// A character that one byte cannot hold was not a byte of the line: it was written as an escape
// (`\u6743` in JSON).
const latin1Bytes = (part: string): Buffer =>
  wide.test(part)
    ? Buffer.concat(Array.from(part, (c) => Buffer.from(c, wide.test(c) ? "utf8" : "latin1")))
    : Buffer.from(part, "latin1")

const wide = /[^\x00-\xff]/
