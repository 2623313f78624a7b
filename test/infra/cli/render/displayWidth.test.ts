import { describe, expect, it } from "vitest"
import { cutToWidth, displayWidth } from "../../../../src/infra/cli/render/displayWidth.ts"

describe("the width on a terminal", () => {
  it.each<readonly [string, number]>([
    ["", 0],
    ["abc", 3],
    ["密码", 4],
    ["パス", 4],
    ["ﾊﾟｽ", 3],
    ["비밀", 4],
    ["\u1112\u1161\u11ab", 2],
    ["ｆｕｌｌ", 8],
    ["e\u0301", 1],
    ["ไม่", 2],
    ["пароль", 6],
    ["🔑", 2],
    ["🇫🇷", 2],
    ["…", 1],
  ])("of %s is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })

  it("is kept by cutting, with an ellipsis for what is missing", () => {
    expect(cutToWidth("abcdef", 6)).toBe("abcdef")
    expect(cutToWidth("abcdef", 5)).toBe("abcd…")
    expect(cutToWidth("abcdef", 1)).toBe("…")
  })

  it("is never exceeded by half a wide character, and marks stay with their letter", () => {
    expect(cutToWidth("密码本", 4)).toBe("密…")
    expect(cutToWidth("密码本", 5)).toBe("密码…")
    expect(cutToWidth("e\u0301e\u0301e\u0301", 2)).toBe("e\u0301…")
  })
})
