import { describe, expect, it } from "vitest"
import { boundedText } from "../../../src/domain/event/bounded.ts"
import { sha256Hex } from "../../../src/domain/event/digest.ts"

describe("bounded text", () => {
  it("is the text itself up to the limit", () => {
    expect(boundedText("", 100)).toBe("")
    expect(boundedText("x".repeat(100), 100)).toBe("x".repeat(100))
  })

  it("is never longer than the limit", () => {
    for (const limit of [74, 75, 100, 256, 1024]) {
      expect(boundedText("x".repeat(limit + 1), limit)).toHaveLength(limit)
      expect(boundedText("x".repeat(100_000), limit)).toHaveLength(limit)
    }
  })

  it("begins like what was cut and ends in the digest of all of it", () => {
    const text = "orchid ".repeat(50)
    expect(boundedText(text, 100)).toBe(
      `${text.slice(0, 26)}...sha256:${sha256Hex(Buffer.from(text))}`,
    )
  })

  it("stays distinct where long texts differ in their last character only", () => {
    const long = "y".repeat(5000)
    expect(boundedText(`${long}a`, 256)).not.toBe(boundedText(`${long}b`, 256))
  })

  it("has no halves of surrogate pairs, whether they came with the text or of the cut", () => {
    expect(boundedText("a\ud800b", 100)).toBe("a\ufffdb")
    for (const shift of ["", "x"]) {
      expect(boundedText(`${shift}${"\u{1f511}".repeat(200)}`, 100).isWellFormed()).toBe(true)
    }
  })
})
