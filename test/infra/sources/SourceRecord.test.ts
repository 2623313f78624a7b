import { describe, expect, it } from "vitest"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"

const utf8 = (text: string) => Buffer.from(text, "utf8")
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("a SourceRecord", () => {
  it("decodes valid UTF-8 and gives the bytes of a part back", () => {
    const line = SourceRecord.of(utf8("user žirafa 权限"))
    expect(line.text).toBe("user žirafa 权限")
    expect(hex(line.bytesOf("žirafa"))).toBe(hex(utf8("žirafa")))
  })

  it("takes a line that is not UTF-8 byte by byte and loses none of them", () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const line = SourceRecord.of(every)
    expect(line.text).toHaveLength(256)
    expect(hex(line.bytesOf(line.text))).toBe(hex(every))
  })

  it("leaves out one carriage return at the end and no more", () => {
    expect(SourceRecord.of(utf8("word\r")).text).toBe("word")
    expect(SourceRecord.of(utf8("word\r\r")).text).toBe("word\r")
    expect(SourceRecord.of(utf8("\rword")).text).toBe("\rword")
    expect(SourceRecord.of(utf8("\r")).text).toBe("")
    expect(SourceRecord.of(utf8("")).text).toBe("")
  })

  it("leaves out a byte order mark at the beginning", () => {
    expect(SourceRecord.of(utf8("\ufeff{}")).text).toBe("{}")
    expect(SourceRecord.of(utf8("\ufeff\r")).text).toBe("")
    expect(SourceRecord.of(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff)).text).toBe("\u00ff")
  })

  it("reads only its own part of a larger buffer", () => {
    const buffer = utf8("before\nline\r\nafter")
    expect(SourceRecord.of(buffer.subarray(7, 12)).text).toBe("line")
  })

  it("writes characters that came out of an escape as UTF-8, even beside raw bytes", () => {
    const line = SourceRecord.of(Uint8Array.of(0xff))
    expect(hex(line.bytesOf("\u00ff\u6743\u{1f511}\u00e9"))).toBe(`ff${hex(utf8("权🔑"))}e9`)
  })
})

describe("the text of a part", () => {
  it("reads a part that is UTF-8 by itself as such whatever stands beside it", () => {
    const line = SourceRecord.of(Buffer.concat([utf8("žirafa "), Uint8Array.of(0xff)]))
    const [user = "", rest = ""] = line.text.split(" ")
    expect(user).not.toBe("žirafa")
    expect(line.textOf(user)).toBe("žirafa")
    expect(line.textOf(rest)).toBe("\u00ff")
  })

  it("leaves the text of a UTF-8 line alone", () => {
    const line = SourceRecord.of(utf8("Ã© é"))
    expect(line.textOf("Ã©")).toBe("Ã©")
  })
})

describe("the object of a record", () => {
  const objectOf = (text: string) => SourceRecord.of(utf8(text)).object

  it("is the JSON object that it holds", () => {
    expect(objectOf('{"a": 1, "b": null}')).toEqual({ a: 1, b: null })
    expect(objectOf(' {"a":[]} ')).toEqual({ a: [] })
  })

  it("is a cut line where its end is missing", () => {
    expect(objectOf('{"a": "half of a pass')).toBe("cut-line")
    expect(objectOf("{")).toBe("cut-line")
    expect(objectOf('  {"a": 1, ')).toBe("cut-line")
  })

  it("is no JSON where it does not parse", () => {
    expect(objectOf("plain words")).toBe("not-json")
    expect(objectOf('{"a": 1, b}')).toBe("not-json")
    expect(objectOf('{"a": {"b": 1}{"c": 2}')).toBe("not-json")
    expect(objectOf("[1, 2")).toBe("not-json")
    expect(objectOf("")).toBe("not-json")
    expect(objectOf("\u0000\u0000")).toBe("not-json")
  })

  it("is told from other JSON", () => {
    for (const text of ["[]", '[{"a": 1}]', "null", "7", '"words"', "true"]) {
      expect(objectOf(text)).toBe("not-an-object")
    }
  })
})
