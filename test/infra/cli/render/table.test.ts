import { describe, expect, it } from "vitest"
import { cutToWidth, displayWidth, table } from "../../../../src/infra/cli/render/table.ts"

const lines = (text: string): ReadonlyArray<string> => text.split("\n")

describe("a table", () => {
  it("stands in columns, numbers on the right, without spaces at the end of a line", () => {
    const text = table(
      ["NAME", { title: "COUNT", align: "right" }, "NOTE"],
      [
        ["a", "7", "x"],
        ["longer", "1234567", ""],
      ],
    )
    expect(lines(text)).toEqual(["NAME      COUNT  NOTE", "a             7  x", "longer  1234567"])
  })

  it("counts wide characters as two and marks as none", () => {
    const text = table(
      ["NAME", "X"],
      [
        ["密码本", "x"],
        ["e\u0301te\u0301", "x"],
        ["abcdef", "x"],
      ],
    )
    const columns = lines(text).map((line) => displayWidth(line.slice(0, line.search(/X|x/))))
    expect(columns).toEqual([8, 8, 8, 8])
  })

  it("is only its titles where there are no rows", () => {
    expect(table(["A", "B"], [])).toBe("A  B")
  })

  it("lets nothing in a cell act on the terminal or break the line", () => {
    const text = table(["NAME"], [["\x1b]0;owned\x07\r\n\u202e"]])
    expect(lines(text)).toEqual(["NAME", "\\x1b]0;owned\\x07\\x0d\\x0a\\u202e"])
  })

  it("cuts the widest flexible cells where it would be too wide, and no other", () => {
    const columns = [
      { title: "ID" },
      { title: "A", flexible: true },
      { title: "B", flexible: true },
    ]
    const text = table(columns, [["0123456789abcdef", "a".repeat(30), "b".repeat(12)]], 44)
    expect(lines(text)[1]).toBe(`0123456789abcdef  ${"a".repeat(11)}…  ${"b".repeat(12)}`)
    expect(displayWidth(lines(text)[1] ?? "")).toBe(44)
  })

  it("cuts by what is shown, not by what was captured", () => {
    const text = table([{ title: "A", flexible: true }], [["\x1b".repeat(20)]], 10)
    expect(lines(text)[1]).toBe("\\x1b\\x1b\\…")
  })

  it("leaves dispensable columns out, the last first, before it gives up", () => {
    const columns = [
      { title: "KEPT" },
      { title: "FIRST", dispensable: true },
      { title: "LAST", dispensable: true },
    ]
    const rows = [["k".repeat(20), "f".repeat(20), "l".repeat(20)]]
    const titles = (width: number) => lines(table(columns, rows, width))[0]?.split(/\s+/)
    expect(titles(64)).toEqual(["KEPT", "FIRST", "LAST"])
    expect(titles(63)).toEqual(["KEPT", "FIRST"])
    expect(titles(41)).toEqual(["KEPT"])
    expect(titles(5)).toEqual(["KEPT"])
  })

  it("cuts nothing where no width is given", () => {
    const text = table([{ title: "A", flexible: true }], [["a".repeat(500)]])
    expect(lines(text)[1]).toHaveLength(500)
  })
})

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
