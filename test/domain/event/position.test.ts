import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { beginning, Position } from "../../../src/domain/event/position.ts"

describe("a position", () => {
  it("at the beginning comes before every other", () => {
    for (const text of ["0", "0000000000000001", " ", "C:1/P:1"]) {
      expect(beginning < text).toBe(true)
    }
  })

  it("is the text it is stored as", () => {
    expect(Schema.decodeUnknownSync(Position)("0000000000000007")).toBe("0000000000000007")
    expect(Schema.decodeUnknownSync(Position)("")).toBe(beginning)
    expect(Schema.is(Position)(7)).toBe(false)
  })
})
