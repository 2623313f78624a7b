import { describe, expect, it } from "vitest"
import {
  loggedAddress,
  loggedText,
  loggedTime,
  noTime,
} from "../../../src/infra/sources/loggedValue.ts"

describe("text that a log holds", () => {
  it("is text, or the digits of a whole number", () => {
    expect(["", "x", 0, 123456, -1].map(loggedText)).toEqual(["", "x", "0", "123456", "-1"])
  })

  it("is null where the log has nothing, and undefined where it is not sure what was typed", () => {
    expect([undefined, null].map(loggedText)).toEqual([null, null])
    const unsure = [1.5, 2 ** 53, true, {}, [], Number.NaN]
    expect(unsure.map(loggedText)).toEqual(unsure.map(() => undefined))
  })
})

describe("an address that a log holds", () => {
  it("is null where it is hashed, masked or missing", () => {
    const none = [
      "d2a84f4b8b650937",
      "192.0.2.xxx",
      "2001:db8::*",
      "REDACTED",
      "",
      7,
      null,
      undefined,
    ]
    expect(none.map(loggedAddress)).toEqual(none.map(() => null))
    expect(loggedAddress("::ffff:192.0.2.1")).toBe("192.0.2.1")
  })
})

describe("a time that a log holds", () => {
  const zone = () => -3_600_000
  const read = (value: unknown) => loggedTime(value, zone)

  it("is text, or the time since 1970 in the unit that its size says", () => {
    const expected = "2026-03-01T10:00:01.234567Z"
    for (const value of [
      "2026-03-01T10:00:01.234567Z",
      "2026-03-01 11:00:01.234567",
      1_772_359_201.234567,
      "1772359201.234567",
      1_772_359_201_234_567,
      "1772359201234567",
      "1772359201234567890",
      "1772359201234.5679",
    ]) {
      expect(read(value)?.slice(0, 23), String(value)).toBe(expected.slice(0, 23))
    }
    expect(read("1772359201234567890")).toBe(expected)
    expect(read(1_772_359_201.234567)).toBe(expected)
    expect(read(1_772_359_201)).toBe("2026-03-01T10:00:01.000000Z")
    expect(read(1_772_359_201_500)).toBe("2026-03-01T10:00:01.500000Z")
  })

  it("is none where the number may mean anything, or nothing is there", () => {
    for (const value of [0, 5, 20_260_301, 20_260_301_100_001, -1_772_359_201, 1e10, 1e30]) {
      expect(read(value), String(value)).toBeUndefined()
      expect(read(String(value)), String(value)).toBeUndefined()
    }
    expect([5, true, {}].map(noTime)).toEqual(["wrong-type", "wrong-type", "wrong-type"])
    expect([undefined, null].map(noTime)).toEqual(["missing-field", "missing-field"])
    expect(noTime("soon")).toBe("bad-timestamp")
  })

  it("reaches to the end of 2254 in every unit", () => {
    expect(read(8_993_721_599)).toBe("2254-12-31T23:59:59.000000Z")
    expect(read(8_993_721_600)).toBeUndefined()
    expect(read(8_993_721_599_000)).toBe("2254-12-31T23:59:59.000000Z")
  })
})
