import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { sha256Hex } from "../../../src/domain/event/digest.ts"
import {
  keptSecretBytes,
  makeSecret,
  plaintext,
  Secret,
  secretBytes,
} from "../../../src/domain/secret/secret.ts"

const made = (text: string | Uint8Array, kind = plaintext) =>
  makeSecret(kind, Buffer.from(text as Uint8Array)) // `from` takes either

describe("a secret", () => {
  it("of plain text is kept as that text alone", () => {
    expect(made("orchid-seven")).toEqual({
      kind: "plaintext",
      sha256: sha256Hex(Buffer.from("orchid-seven")),
      length: 12,
      printable: "orchid-seven",
    })
  })

  it("of text beyond ASCII counts bytes, and is kept as text", () => {
    expect(made("ädmin密")).toMatchObject({ length: 9, printable: "ädmin密" })
    expect(made("ädmin密").base64).toBeUndefined()
  })

  it("may be empty", () => {
    expect(made("")).toEqual({
      kind: "plaintext",
      sha256: sha256Hex(new Uint8Array()),
      length: 0,
      printable: "",
    })
  })

  it.each<[string, Uint8Array, string]>([
    ["are no UTF-8", Uint8Array.of(0x41, 0xff, 0x42), "A?B"],
    ["hold a NUL", Uint8Array.of(0x41, 0x00), "A?"],
    ["hold an escape sequence", Buffer.from("\u001b[2Jx"), "?[2Jx"],
    ["turn the text around", Buffer.from("a\u202eb"), "a?b"],
    ["are invisible", Buffer.from("a\u200bb\ufeff"), "a?b?"],
    ["break the line", Buffer.from("a\nb\u2028c"), "a?b?c"],
    ["are the replacement character itself", Buffer.from("\ufffd"), "?"],
  ])("of bytes that %s keeps the bytes, and a rendering of them", (_, bytes, printable) => {
    const secret = made(bytes)
    expect(secret).toMatchObject({ printable, length: bytes.length })
    expect(secret.base64).toBe(Buffer.from(bytes).toString("base64"))
  })

  it("gives its exact bytes back, whatever they are", () => {
    for (let first = 0; first < 256; first++) {
      for (const bytes of [[first], [0x41, first, 0x42], [0xc3, first], [first, 0xa4]]) {
        const secret = makeSecret("other", Uint8Array.from(bytes))
        expect([...(secretBytes(secret) ?? [])]).toEqual(bytes)
        expect(secret.sha256).toBe(sha256Hex(Uint8Array.from(bytes)))
      }
    }
  })

  it.each([
    ["orchid\r", "orchid"],
    ["orchid\r\n", "orchid"],
    ["\r\norchid", "orchid"],
    ["\n\r\n", ""],
    ["or\r\nchid", "or\r\nchid"],
    [" orchid ", " orchid "],
  ])("that is plain text is matched without line ends: %j as %j", (logged, matched) => {
    const secret = made(logged)
    expect(secret.sha256).toBe(made(matched).sha256)
    expect(secret.length).toBe(matched.length)
    expect(secret.originalBase64).toBe(
      logged === matched ? undefined : Buffer.from(logged).toString("base64"),
    )
  })

  it("of another kind is matched byte for byte", () => {
    const secret = made("orchid\r", "ntlm_hash")
    expect(secret.sha256).toBe(sha256Hex(Buffer.from("orchid\r")))
    expect(secret.originalBase64).toBeUndefined()
  })

  it("of the greatest length kept is kept", () => {
    const longest = "x".repeat(keptSecretBytes)
    expect(secretBytes(made(longest))).toEqual(Buffer.from(longest))
  })

  it("that is too long keeps its digest, its length and its beginning", () => {
    const secret = made("x".repeat(100_000))
    expect(secret).toEqual({
      kind: "plaintext",
      sha256: sha256Hex(Buffer.from("x".repeat(100_000))),
      length: 100_000,
      printable: `${"x".repeat(512)}...`,
    })
    expect(secretBytes(secret)).toBeUndefined()
  })

  it("is bounded in size, whatever it is made of", () => {
    for (const bytes of [
      Buffer.alloc(1_000_000, 0xff),
      Buffer.alloc(keptSecretBytes, 0x01),
      Buffer.concat([Buffer.alloc(1_000_000, 0x0d), Buffer.from("x")]),
    ]) {
      expect(JSON.stringify(made(bytes)).length).toBeLessThan(16_384)
    }
  })

  it("is never rendered with half a character", () => {
    for (const shift of ["\u0001", "\u0001x"]) {
      expect(made(`${shift}${"\u{1f511}".repeat(1000)}`).printable?.isWellFormed()).toBe(true)
      expect(made(`${shift}${"\u{1f511}".repeat(2000)}`).printable?.isWellFormed()).toBe(true)
    }
  })

  it("has the shape that events carry", () => {
    const is = Schema.is(Secret)
    for (const text of ["", "orchid", "\u0000", "x".repeat(10_000), "orchid\r"]) {
      expect(is(made(text))).toBe(true)
    }
    expect(is(made("orchid", "k".repeat(100)))).toBe(true)
    expect(is({ ...made("orchid"), sha256: "none" })).toBe(false)
    expect(is({ ...made("orchid"), kind: "" })).toBe(false)
  })
})
