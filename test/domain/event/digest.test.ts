import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { Sha256, sha256Hex } from "../../../src/domain/event/digest.ts"

describe("the SHA-256 of bytes", () => {
  it.each([
    ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ])("is the one that FIPS 180-4 gives for '%s'", (text, digest) => {
    expect(sha256Hex(Buffer.from(text))).toBe(digest)
  })

  it("is of the bytes, not of a text they stand for", () => {
    expect(sha256Hex(Uint8Array.of(0xff))).not.toBe(sha256Hex(Buffer.from("\ufffd")))
  })

  it("is 64 lower-case hexadecimal digits and nothing else", () => {
    const is = Schema.is(Sha256)
    expect(is("a0".repeat(32))).toBe(true)
    for (const text of [
      "A0".repeat(32),
      "a0".repeat(31),
      `${"a0".repeat(32)}\n`,
      "",
      "g".repeat(64),
    ])
      expect(is(text)).toBe(false)
  })
})
