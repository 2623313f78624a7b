import { isUtf8 } from "node:buffer"
import type { SourceLine } from "./SourceAdapter.ts"

/**
 * The line made of these bytes, which hold no line feed: one carriage return at the end and a
 * byte order mark at the beginning are left out.
 */
export const sourceLine = (bytes: Uint8Array): SourceLine => {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  const end = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length
  const line = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.max(0, end - start))
  return isUtf8(line)
    ? { text: line.toString("utf8"), bytesOf: utf8Bytes }
    : { text: line.toString("latin1"), bytesOf: latin1Bytes }
}

/**
 * A part of a line's text as people read it: where a line was taken byte by byte because of some
 * other part of it, a part that is valid UTF-8 by itself is read as such, so that one name has one
 * spelling whatever stands beside it.
 */
export const textOf = (line: SourceLine, part: string): string => {
  if (line.bytesOf !== latin1Bytes) return part
  const bytes = latin1Bytes(part)
  return isUtf8(bytes) ? bytes.toString("utf8") : part
}

const utf8Bytes = (part: string): Buffer => Buffer.from(part, "utf8")

// A character that one byte cannot hold was not a byte of the line: it was written as an escape
// (`\u6743` in JSON).
const latin1Bytes = (part: string): Buffer =>
  wide.test(part)
    ? Buffer.concat(Array.from(part, (c) => Buffer.from(c, wide.test(c) ? "utf8" : "latin1")))
    : Buffer.from(part, "latin1")

const wide = /[^\x00-\xff]/
