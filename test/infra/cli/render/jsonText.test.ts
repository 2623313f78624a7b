import { describe, expect, it } from "vitest"
import { jsonText } from "../../../../src/infra/cli/render/jsonText.ts"

const hostile = {
  "a\u202e": "\x1b[2J \u009b \x7f \u200b \u{e0041} \ud83d \u2028 \u2800",
  b: ["密码", "e\u0301", "🔑"],
}

describe("JSON for a terminal", () => {
  it("has nothing in it that acts on a terminal or hides, on one line or on several", () => {
    for (const text of [jsonText(hostile), jsonText(hostile, 2)]) {
      expect(text.replaceAll("\n", "")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}\u2800]/u)
    }
    expect(jsonText(hostile)).not.toContain("\n")
    expect(jsonText(hostile, 2)).toContain("\n")
  })

  it("is the same JSON", () => {
    expect(JSON.parse(jsonText(hostile))).toEqual(hostile)
    expect(JSON.parse(jsonText(hostile, 2))).toEqual(hostile)
  })

  it("leaves readable text readable", () => {
    expect(jsonText(hostile.b)).toBe('["密码","e\u0301","🔑"]')
  })
})
