import { describe, expect, it } from "vitest"
import {
  cowrieBytes,
  cowrieText,
  withoutPythonQuotes,
} from "../../../../src/infra/sources/cowrie/cowrieBytes.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = SourceRecord.of(Buffer.from("{}"))
const hex = (text: string, escaped: boolean) =>
  Buffer.from(cowrieBytes(line, text, escaped)).toString("hex")
const asIs = (text: string) => Buffer.from(text, "utf8").toString("hex")

describe("cowrieBytes", () => {
  it("undoes the escapes of a release that escapes", () => {
    expect(hex("p\\xc3\\xa4ss", true)).toBe(asIs("päss"))
    expect(hex("back\\\\slash\\x0d", true)).toBe(asIs("back\\slash\r"))
    expect(hex("\\\\x41", true)).toBe(asIs("\\x41"))
    expect(hex("\\xff\\x00", true)).toBe("ff00")
  })

  it("leaves the same text alone in a release that does not escape", () => {
    for (const text of ["p\\xc3\\xa4ss", "back\\\\slash", "plain", ""]) {
      expect(hex(text, false)).toBe(asIs(text))
    }
  })

  it("leaves text alone that was not escaped by the rules", () => {
    for (const text of ["one\\backslash", "\\xZZ", "\\", "\\x4", "ä\\\\"]) {
      expect(hex(text, true)).toBe(asIs(text))
    }
  })

  it("undoes Python's way of showing bytes that are no UTF-8", () => {
    expect(hex("b'H\\x8b\\x05\\xefO'", false)).toBe("488b05ef4f")
    expect(hex('b"it\'s\\xff"', false)).toBe(`${asIs("it's")}ff`)
    expect(hex("b'\\t\\n\\r\\\\\\'\\xfe'", false)).toBe("090a0d5c27fe")
  })

  it("takes for typed what merely looks like that", () => {
    for (const text of [
      "b'secret'",
      "b'\\x41'",
      "b'\\xc3\\xa4'",
      "b'",
      "b''",
      "b'\\xff",
      "b'\\q\\xff'",
    ]) {
      expect(hex(text, false)).toBe(asIs(text))
    }
    expect(hex("b'\\xff'", true)).toBe(`${asIs("b'")}ff${asIs("'")}`)
  })

  it("gives the bytes of a line that is not UTF-8", () => {
    const raw = SourceRecord.of(Uint8Array.of(0x70, 0xe4))
    expect(Buffer.from(cowrieBytes(raw, raw.text, false)).toString("hex")).toBe("70e4")
  })
})

describe("cowrieText", () => {
  it("reads escaped UTF-8 as text and shows other bytes as Cowrie does", () => {
    expect(cowrieText(line, "andr\\xc3\\xa9", true)).toBe("andré")
    expect(cowrieText(line, "DOM\\\\user", true)).toBe("DOM\\user")
    expect(cowrieText(line, "\\xff", true)).toBe("\\xff")
    expect(cowrieText(line, "DOM\\user", false)).toBe("DOM\\user")
    expect(cowrieText(line, "b'\\xff'", false)).toBe("b'\\xff'")
  })
})

describe("withoutPythonQuotes", () => {
  it("takes the quotes off and leaves other text alone", () => {
    expect(withoutPythonQuotes("b'SSH-2.0-Go'")).toBe("SSH-2.0-Go")
    expect(withoutPythonQuotes('b"it\'s"')).toBe("it's")
    for (const text of ["SSH-2.0-Go", "b'", "b'open", "b'mixed\"", "'quoted'", ""]) {
      expect(withoutPythonQuotes(text)).toBe(text)
    }
  })
})
