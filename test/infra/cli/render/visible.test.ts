import { describe, expect, it } from "vitest"
import { jsonText, visible } from "../../../../src/infra/cli/render/visible.ts"

describe("text of unknown origin", () => {
  it.each([
    ["the escape of a control sequence", "\x1b[2J", "\\x1b[2J"],
    ["a line end", "a\r\nb", "a\\x0d\\x0ab"],
    ["a tab", "a\tb", "a\\x09b"],
    ["a C1 control", "\u009b31m", "\\x9b31m"],
    ["delete", "a\x7fb", "a\\x7fb"],
    ["a turn of the direction", "user\u202egnp", "user\\u202egnp"],
    ["an isolate", "a\u2066b", "a\\u2066b"],
    ["a zero-width space", "a\u200bb", "a\\u200bb"],
    ["a byte order mark", "\ufeffa", "\\ufeffa"],
    ["a soft hyphen", "a\u00adb", "a\\xadb"],
    ["a line separator", "a\u2028b", "a\\u2028b"],
    ["a tag that only machines see", "a\u{e0041}", "a\\u{e0041}"],
    ["a variation selector", "a\ufe0f", "a\\ufe0f"],
    ["a Hangul filler", "a\u3164b", "a\\u3164b"],
    ["an empty braille cell", "a\u2800b", "a\\u2800b"],
    ["a no-break space", "a\u00a0b", "a\\xa0b"],
    ["half a surrogate pair", "a\ud83db", "a\\ud83db"],
    ["a private character", "a\ue000", "a\\ue000"],
    ["a mark at the beginning", "\u0301a", "\\u0301a"],
    ["spaces at the ends", " a b  ", "\\x20a b\\x20\\x20"],
  ])("shows %s as an escape", (_, text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it.each(["CORP\\bob", "Winter#42", "пароль", "パスワード", "e\u0301te\u0301", "🔑", "a b", ""])(
    "leaves %s alone",
    (text) => {
      expect(visible(text)).toBe(text)
    },
  )

  it("does not let marks pile up", () => {
    expect(visible(`a${"\u0301".repeat(5)}`)).toBe("a\u0301\u0301\u0301\\u0301\\u0301")
  })

  it("changes nothing more the second time", () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join("")
    expect(visible(visible(all))).toBe(visible(all))
    expect(visible(all)).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})

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
