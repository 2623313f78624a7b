import { describe, expect, it } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import {
  parsePosition,
  positionOf,
  serverPositionOf,
} from "../../../../src/infra/eventlog/eventstoredb/eventStorePosition.ts"

describe("a position of the event store", () => {
  const most = 2n ** 63n - 1n

  it("is text in the order of the log, first by commit, then by prepare", () => {
    const ordered = [
      { commit: 0n, prepare: 0n },
      { commit: 9n, prepare: 9n },
      { commit: 10n, prepare: 2n },
      { commit: 10n, prepare: 10n },
      { commit: 9_007_199_254_740_993n, prepare: 9_007_199_254_740_993n },
      { commit: most, prepare: most },
    ]
    const texts = ordered.map(positionOf)
    expect(texts.toSorted()).toEqual(texts)
    expect(texts.map(serverPositionOf)).toEqual(ordered)
    expect(texts.every((text) => text > beginning)).toBe(true)
  })

  it("begins with the beginning of every log", () => {
    expect(serverPositionOf(beginning)).toBe("start")
  })

  it("is none where another log has given it, or nobody", () => {
    for (const text of ["0000000000003402", "not a position", `${most}`, "1-2"]) {
      expect(serverPositionOf(text as Position)).toBeUndefined()
    }
    expect(serverPositionOf(`${"9".repeat(20)}-${"9".repeat(20)}` as Position)).toBeUndefined()
  })

  it("may be written by a person without zeros, and once where both numbers are the same", () => {
    const position = positionOf({ commit: 1234n, prepare: 1234n })
    expect(parsePosition(position)).toBe(position)
    expect(parsePosition("1234")).toBe(position)
    expect(parsePosition("1234-1200")).toBe(positionOf({ commit: 1234n, prepare: 1200n }))
    for (const text of ["", "-", "1-", "1 2", "-1", "9".repeat(20), "1".repeat(21)]) {
      expect(parsePosition(text)).toBeUndefined()
    }
  })
})
