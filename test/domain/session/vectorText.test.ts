import { describe, expect, it } from "vitest"
import { vectorFromText, vectorText } from "../../../src/domain/session/vectorText.ts"

describe("a vector as text", () => {
  it("is little-endian, whatever machine writes it", () => {
    expect(vectorText(new Float32Array([1, -2]))).toBe("AACAPwAAAMA=")
  })

  it("is read as it was written, bit for bit", () => {
    const vector = new Float32Array([0, -0, 0.1, 1e-45, 3.4e38, Number.NEGATIVE_INFINITY])
    expect(vectorFromText(vectorText(vector))).toEqual(vector)
    expect(vectorFromText("")).toEqual(new Float32Array())
  })

  it.each(["AACAPw", "AACA", "AACAPw==x", "!!!!"])("is not what '%s' is", (text) => {
    expect(vectorFromText(text)).toBeUndefined()
  })
})
