import { describe, expect, it } from "vitest"
import { adapters, recogniseFormat } from "../../../src/infra/sources/adapters.ts"
import { SourceRecord } from "../../../src/infra/sources/SourceRecord.ts"
import { samples } from "./samples.ts"

const lines = (texts: ReadonlyArray<string>) =>
  texts.map((text) => SourceRecord.of(Buffer.from(text)))
const formatOf = (...texts: ReadonlyArray<string>) => recogniseFormat(lines(texts))?.format

describe("adapters", () => {
  it("have names of their own, and a sample here each", () => {
    expect(adapters.map(({ format }) => format).sort()).toEqual(Object.keys(samples).sort())
  })
})

describe("recogniseFormat", () => {
  for (const [format, texts] of Object.entries(samples)) {
    it(`knows ${format} by its lines, and no other format claims them`, () => {
      const claims = adapters.filter(
        (adapter) => lines(texts).filter(adapter.recognises).length > 0,
      )
      expect(claims.map((adapter) => adapter.format)).toEqual([format])
      expect(formatOf(...texts)).toBe(format)
    })

    it(`knows ${format} when the last line is cut and a word stands before`, () => {
      const [first = ""] = texts
      expect(formatOf("a word", first, first.slice(0, 30))).toBe(format)
    })
  }

  it("chooses the format with the most lines, and the earlier one of equals", () => {
    const [a = ""] = samples.cowrie ?? []
    const [b = ""] = samples["ssh-honeypot"] ?? []
    expect(formatOf(b, a, b)).toBe("ssh-honeypot")
    expect(formatOf(a, b, a)).toBe("cowrie")
    expect(formatOf(b, a)).toBe("cowrie")
  })

  it("knows nothing in other text", () => {
    expect(formatOf()).toBeUndefined()
    expect(formatOf("words", "", "{}", "[]", "null", '{"a": 1}', "\u0000\u0000")).toBeUndefined()
  })
})
