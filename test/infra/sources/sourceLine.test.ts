import { describe, expect, it } from "vitest"
import { sourceLine, textOf } from "../../../src/infra/sources/sourceLine.ts"

const utf8 = (text: string) => Buffer.from(text, "utf8")
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")

describe("sourceLine", () => {
  it("decodes valid UTF-8 and gives the bytes of a part back", () => {
    const line = sourceLine(utf8("user žirafa 权限"))
    expect(line.text).toBe("user žirafa 权限")
    expect(hex(line.bytesOf("žirafa"))).toBe(hex(utf8("žirafa")))
  })

  it("takes a line that is not UTF-8 byte by byte and loses none of them", () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    const line = sourceLine(every)
    expect(line.text).toHaveLength(256)
    expect(hex(line.bytesOf(line.text))).toBe(hex(every))
  })

  it("leaves out one carriage return at the end and no more", () => {
    expect(sourceLine(utf8("word\r")).text).toBe("word")
    expect(sourceLine(utf8("word\r\r")).text).toBe("word\r")
    expect(sourceLine(utf8("\rword")).text).toBe("\rword")
    expect(sourceLine(utf8("\r")).text).toBe("")
    expect(sourceLine(utf8("")).text).toBe("")
  })

  it("leaves out a byte order mark at the beginning", () => {
    expect(sourceLine(utf8("\ufeff{}")).text).toBe("{}")
    expect(sourceLine(utf8("\ufeff\r")).text).toBe("")
    expect(sourceLine(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff)).text).toBe("\u00ff")
  })

  it("reads only its own part of a larger buffer", () => {
    const buffer = utf8("before\nline\r\nafter")
    expect(sourceLine(buffer.subarray(7, 12)).text).toBe("line")
  })

  it("writes characters that came out of an escape as UTF-8, even beside raw bytes", () => {
    const line = sourceLine(Uint8Array.of(0xff))
    expect(hex(line.bytesOf("\u00ff\u6743\u{1f511}\u00e9"))).toBe(`ff${hex(utf8("权🔑"))}e9`)
  })
})

describe("textOf", () => {
  it("reads a part that is UTF-8 by itself as such whatever stands beside it", () => {
    const line = sourceLine(Buffer.concat([utf8("žirafa "), Uint8Array.of(0xff)]))
    const [user = "", rest = ""] = line.text.split(" ")
    expect(user).not.toBe("žirafa")
    expect(textOf(line, user)).toBe("žirafa")
    expect(textOf(line, rest)).toBe("\u00ff")
  })

  it("leaves the text of a UTF-8 line alone", () => {
    const line = sourceLine(utf8("Ã© é"))
    expect(textOf(line, "Ã©")).toBe("Ã©")
  })
})
