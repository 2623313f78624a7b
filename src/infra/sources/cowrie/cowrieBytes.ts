import { isUtf8 } from "node:buffer"
import type { SourceRecord } from "../SourceRecord.ts"

/**
 * The bytes a client sent, from the way Cowrie wrote them into `text`, a value of `line`.
 *
 * - From 3.0.5 on (`escaped`) every byte but printable ASCII is written `\xNN` and the backslash
 *   doubled (`escape_nonprintable` in Cowrie's `core/utils.py`).
 * - From 2.3 until then bytes that are not UTF-8 are written as Python shows them, `b'H\x8b'`
 *   (`convert` in `core/output.py`); a text of that look whose bytes are UTF-8 is what was typed.
 * - Everything else stands for itself.
 */
export const cowrieBytes = (record: SourceRecord, text: string, escaped: boolean): Uint8Array =>
  (escaped ? unescaped(text) : shownByPython(text)) ?? record.bytesOf(text)

/** The same as people read it: where the bytes are not UTF-8, the text as Cowrie wrote it. */
export const cowrieText = (record: SourceRecord, text: string, escaped: boolean): string => {
  const bytes = escaped ? unescaped(text) : shownByPython(text)
  if (bytes === undefined) return record.textOf(text)
  return isUtf8(bytes) ? bytes.toString("utf8") : text
}

const shownByPython = (text: string): Buffer | undefined => {
  const inner = withoutPythonQuotes(text)
  if (inner === text) return undefined
  const bytes = unescaped(inner)
  return bytes !== undefined && !isUtf8(bytes) ? bytes : undefined
}

/** `SSH-2.0-Go` of `b'SSH-2.0-Go'`, the way Python shows bytes; other text as it is. */
export const withoutPythonQuotes = (text: string): string => {
  if (!text.startsWith("b'") && !text.startsWith('b"')) return text
  return text.length > 2 && text.endsWith(text.charAt(1)) ? text.slice(2, -1) : text
}

// `undefined` where there is nothing to undo, or where it was not written this way.
const unescaped = (text: string): Buffer | undefined =>
  text.includes("\\") && escapedText.test(text)
    ? Buffer.from(text.replace(escapes, character), "latin1")
    : undefined

const escapedText = /^(?:[ -[\]-~]|\\(?:x[0-9a-f]{2}|[\\'tnr]))*$/
const escapes = /\\(?:x([0-9a-f]{2})|(.))/g
const named: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r" }

const character = (_: string, hex: string | undefined, letter: string): string =>
  hex === undefined ? (named[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16))
