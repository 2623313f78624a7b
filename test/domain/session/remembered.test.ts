import { describe, expect, it } from "vitest"
import { remembered } from "../../../src/domain/session/remembered.ts"

describe("a remembered function", () => {
  const counted = (most: number) => {
    const asked: Array<string> = []
    const length = remembered(
      most,
      (text: string) => text,
      (text) => {
        asked.push(text)
        return text === "" ? undefined : text.length
      },
    )
    return { asked, length }
  }

  it("answers the same as without, and works it out once, even where the answer is none", () => {
    const { asked, length } = counted(2)
    expect(["a", "", "bb", "bb", "", "a"].map(length)).toEqual([1, undefined, 2, 2, undefined, 1])
    expect(asked.filter((text) => text === "bb")).toHaveLength(1)
    expect(length("")).toBeUndefined()
  })

  it("holds no more answers than it may", () => {
    const { asked, length } = counted(2)
    for (const text of ["a", "b", "c", "a"]) length(text)
    expect(asked).toEqual(["a", "b", "c", "a"])
  })
})
