/** One RFC 5424 record. `null` is the nil value, `-`. */
export interface SyslogRecord {
  readonly facility: number
  readonly severity: number
  /** As written: RFC 3339 with an offset, where the writer keeps to the RFC. */
  readonly timestamp: string | null
  readonly hostname: string | null
  readonly appName: string | null
  readonly procId: string | null
  readonly msgId: string | null
  readonly structuredData: ReadonlyArray<SdElement>
  readonly message: string
}

/** One `[id name="value" ...]`; a name may occur more than once. Values are without escapes. */
interface SdElement {
  readonly id: string
  readonly params: ReadonlyArray<readonly [name: string, value: string]>
}

/**
 * Why a text is no record: it does not begin like one, it ends before its structured data does,
 * or its structured data is not written as RFC 5424 section 6.3 says.
 */
export type SyslogFailure = "not-a-record" | "cut-line" | "bad-structured-data"

/**
 * Scans one line, in one pass and in time that grows with its length alone.
 *
 * Kept to: the priority, version 1, single spaces in the header, the quotes around values. More
 * lenient than the RFC, because nothing can be forged by it: header fields and names of any length
 * and of characters outside ASCII, several spaces before a parameter, a bare `]` within quotes.
 */
export const scanRfc5424 = (text: string): SyslogRecord | SyslogFailure => {
  const start = /^<(0|[1-9]\d{0,2})>1 /.exec(text)
  const priority = Number(start?.[1])
  return start === null || priority > 191
    ? "not-a-record"
    : scanHeader({ text, at: start[0].length }, priority)
}

/**
 * Scans the message of `outer` for a record that a log reader put into an envelope of its own. The
 * reader may have used up the `<PRI>1` of the inner record, whose priority then is the envelope's.
 * `not-a-record` for any other message, and where the outer record is more than an envelope: the
 * message id and the structured data of an envelope are nil.
 */
export const scanWrapped = (outer: SyslogRecord): SyslogRecord | SyslogFailure => {
  if (outer.msgId !== null || outer.structuredData.length > 0) return "not-a-record"
  const text = outer.message.trimStart()
  return /^\d{4}-\d\d-\d\dT/.test(text)
    ? scanHeader({ text, at: 0 }, outer.facility * 8 + outer.severity)
    : scanRfc5424(text)
}

interface Cursor {
  readonly text: string
  at: number
}

const space = 0x20
const quote = 0x22
const equals = 0x3d
const opening = 0x5b
const backslash = 0x5c
const closing = 0x5d
const del = 0x7f

const scanHeader = (cursor: Cursor, priority: number): SyslogRecord | SyslogFailure => {
  const fields: Array<string | null> = []
  while (fields.length < 5) {
    const field = scanWord(cursor, isGraphic)
    if (cursor.at >= cursor.text.length) return "cut-line"
    if (field === "" || next(cursor) !== space) return "not-a-record"
    cursor.at++
    fields.push(field === "-" ? null : field)
  }
  const [timestamp = null, hostname = null, appName = null, procId = null, msgId = null] = fields
  const structuredData = scanStructuredData(cursor)
  if (typeof structuredData === "string") return structuredData
  const rest = cursor.text.slice(cursor.at)
  if (rest !== "" && !rest.startsWith(" ")) return "bad-structured-data"
  return {
    facility: priority >> 3,
    severity: priority & 7,
    timestamp,
    hostname,
    appName,
    procId,
    msgId,
    structuredData,
    message: rest.startsWith(" \ufeff") ? rest.slice(2) : rest.slice(1),
  }
}

const scanStructuredData = (cursor: Cursor): ReadonlyArray<SdElement> | SyslogFailure => {
  if (cursor.at >= cursor.text.length) return "cut-line"
  const elements: Array<SdElement> = []
  if (next(cursor) === 0x2d) {
    cursor.at++
    return elements
  }
  if (next(cursor) !== opening) return "bad-structured-data"
  while (next(cursor) === opening) {
    cursor.at++
    const element = scanElement(cursor)
    if (typeof element === "string") return element
    elements.push(element)
  }
  return elements
}

const scanElement = (cursor: Cursor): SdElement | SyslogFailure => {
  const id = scanWord(cursor, isNameCharacter)
  const params: Array<readonly [string, string]> = []
  while (next(cursor) === space) {
    while (next(cursor) === space) cursor.at++
    const name = scanWord(cursor, isNameCharacter)
    if (name === "" && next(cursor) === closing) break
    if (cursor.at >= cursor.text.length) return "cut-line"
    if (name === "" || next(cursor) !== equals) return "bad-structured-data"
    cursor.at++
    if (cursor.at >= cursor.text.length) return "cut-line"
    if (next(cursor) !== quote) return "bad-structured-data"
    cursor.at++
    const value = scanValue(cursor)
    if (value === undefined) return "cut-line"
    params.push([name, value])
  }
  if (cursor.at >= cursor.text.length) return "cut-line"
  if (id === "" || next(cursor) !== closing) return "bad-structured-data"
  cursor.at++
  return { id, params }
}

/** The value up to its closing quote, which is passed; `undefined` where there is none. */
const scanValue = (cursor: Cursor): string | undefined => {
  const { text } = cursor
  let value = ""
  let from = cursor.at
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      cursor.at = at + 1
      return value + text.slice(from, at)
    }
    // Before any other character a backslash stands for itself (RFC 5424, section 6.3.3).
    if (code === backslash && isEscaped(text.charCodeAt(at + 1))) {
      value += text.slice(from, at)
      from = at + 1
      at++
    }
  }
  return undefined
}

const scanWord = (cursor: Cursor, accepts: (code: number) => boolean): string => {
  const from = cursor.at
  while (cursor.at < cursor.text.length && accepts(next(cursor))) cursor.at++
  return cursor.text.slice(from, cursor.at)
}

const next = (cursor: Cursor): number => cursor.text.charCodeAt(cursor.at)
const isGraphic = (code: number): boolean => code > space && code !== del
const isNameCharacter = (code: number): boolean =>
  isGraphic(code) && code !== equals && code !== closing && code !== quote
const isEscaped = (code: number): boolean =>
  code === quote || code === backslash || code === closing
