import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import {
  parseTimestamp,
  Timestamp,
  timestampFromMicros,
  timestampFromMillis,
  timestampMicros,
  timestampMillis,
} from "../../../src/domain/event/timestamp.ts"

const utc = () => 0
const hour = 3_600_000
const parse = (text: string) => parseTimestamp(text, utc)

describe("a time as a log writes it", () => {
  it.each([
    ["2031-03-01T04:05:06.000007Z", "2031-03-01T04:05:06.000007Z"],
    ["2031-03-01T04:05:06Z", "2031-03-01T04:05:06.000000Z"],
    ["2031-03-01 04:05:06", "2031-03-01T04:05:06.000000Z"],
    ["2031-03-01 04:05:06,1", "2031-03-01T04:05:06.100000Z"],
    ["2031-03-01T04:05:06.1234567Z", "2031-03-01T04:05:06.123456Z"],
    ["2031-03-01T04:05:06.999999999Z", "2031-03-01T04:05:06.999999Z"],
    ["2031-03-01 04:05:06 Z", "2031-03-01T04:05:06.000000Z"],
    ["2031-03-01 04:05:06.5 +0000", "2031-03-01T04:05:06.500000Z"],
    ["2031-03-01T04:05:06+02:30", "2031-03-01T01:35:06.000000Z"],
    ["2031-03-01T04:05:06-0230", "2031-03-01T06:35:06.000000Z"],
    ["2031-03-01T00:30:00+01:00", "2031-02-28T23:30:00.000000Z"],
    ["2031-12-31T23:30:00.25-01:00", "2032-01-01T00:30:00.250000Z"],
    ["2028-02-29T00:00:00Z", "2028-02-29T00:00:00.000000Z"],
    ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000Z"],
    ["2254-12-31T23:59:59.999999Z", "2254-12-31T23:59:59.999999Z"],
  ])("%s is the instant %s", (text, instant) => {
    expect(parse(text)).toBe(instant)
  })

  it.each([
    "",
    "2031-03-01",
    "2031-02-29T00:00:00Z",
    "2031-04-31T00:00:00Z",
    "2031-13-01T00:00:00Z",
    "2031-00-01T00:00:00Z",
    "2031-03-01T24:00:00Z",
    "2031-03-01T00:60:00Z",
    "2031-03-01T23:59:60Z",
    "2031-03-01T00:00:00+24:00",
    "2031-03-01T00:00:00+99:99",
    "2031-03-01T00:00:00+01:60",
    "2031-03-01T00:00:00.Z",
    "2031-03-01T00:00:00.1234567890Z",
    "2031-03-01T00:00:00Z ",
    "2031-03-01T00:00:00Z\n",
    "2031-3-1T00:00:00Z",
    "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00+00:01",
    "2254-12-31T23:59:59-00:01",
    "2255-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "0070-01-01T00:00:00Z",
    "12031-03-01T00:00:00Z",
    "Sat Mar  1 04:05:06 2031",
  ])("is no instant: %j", (text) => {
    expect(parse(text)).toBeUndefined()
  })

  it("is corrected by the zone only where it says none itself", () => {
    const anHourAhead = () => -hour
    expect(parseTimestamp("2031-03-01 04:05:06.5", anHourAhead)).toBe("2031-03-01T03:05:06.500000Z")
    expect(parseTimestamp("2031-03-01 04:05:06.5Z", anHourAhead)).toBe(
      "2031-03-01T04:05:06.500000Z",
    )
    expect(parseTimestamp("2031-03-01 04:05:06+02:00", anHourAhead)).toBe(
      "2031-03-01T02:05:06.000000Z",
    )
  })

  it("tells the zone the wall-clock time, and is no instant where the zone has no answer", () => {
    let asked = 0
    parseTimestamp("2031-03-01 04:05:06", (wall) => {
      asked = wall
      return 0
    })
    expect(asked).toBe(Date.UTC(2031, 2, 1, 4, 5, 6))
    expect(parseTimestamp("2031-03-01 04:05:06", () => Number.NaN)).toBeUndefined()
  })
})

describe("a timestamp", () => {
  it("of milliseconds is canonical, and gives them back", () => {
    for (const millis of [0, 1, 999, 1000, 1_234_567_890_123, Date.UTC(2254, 11, 31, 23, 59, 59)]) {
      const timestamp = timestampFromMillis(millis)
      expect(Schema.is(Timestamp)(timestamp)).toBe(true)
      if (timestamp !== undefined) expect(timestampMillis(timestamp)).toBe(millis)
    }
    expect(timestampFromMillis(1_234_567_890_123)).toBe("2009-02-13T23:31:30.123000Z")
  })

  it("of milliseconds that are not whole leaves the fraction out", () => {
    expect(timestampFromMillis(1.5)).toBe("1970-01-01T00:00:00.001000Z")
  })

  it("is none before 1970, after 2254, or of what is no number", () => {
    for (const millis of [-1, -0.5, Date.UTC(2255, 0, 1), Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(timestampFromMillis(millis)).toBeUndefined()
    }
  })

  it("drops the microseconds where milliseconds are asked for", () => {
    const timestamp = parse("2031-03-01T04:05:06.123999Z")
    if (timestamp === undefined) throw new Error("not a time")
    expect(timestampMillis(timestamp)).toBe(Date.UTC(2031, 2, 1, 4, 5, 6, 123))
  })

  it("compares as text the way it compares as a time", () => {
    const texts = [
      "1999-12-31T23:59:59.999999Z",
      "2031-01-01T00:00:00Z",
      "2031-01-01T00:00:00.000001Z",
      "2031-01-01T00:00:00.9Z",
      "2031-01-01T09:00:00Z",
      "2031-01-01T10:00:00Z",
    ]
    const timestamps = texts.map(parse)
    expect([...timestamps].sort()).toEqual(timestamps)
  })

  it("is a number of microseconds that is exact, and gives the timestamp back", () => {
    for (const text of [
      "1970-01-01T00:00:00.000000Z",
      "1970-01-01T00:00:00.000001Z",
      "2031-03-01T04:05:06.000007Z",
      "2031-03-01T04:05:06.999999Z",
      "2254-12-31T23:59:59.999998Z",
      "2254-12-31T23:59:59.999999Z",
    ]) {
      const timestamp = Schema.decodeSync(Timestamp)(text)
      const micros = timestampMicros(timestamp)
      expect(Number.isSafeInteger(micros)).toBe(true)
      expect(timestampFromMicros(micros)).toBe(text)
    }
    expect(timestampMicros(Schema.decodeSync(Timestamp)("1970-01-01T00:00:01.000002Z"))).toBe(
      1_000_002,
    )
  })

  it.each([
    "2031-03-01T04:05:06Z",
    "2031-03-01 04:05:06.000007Z",
    "2031-03-01T04:05:06.000007z",
    "2031-03-01T04:05:06.000007Z\n",
    "2031-03-01T04:05:06.0000007Z",
    "2031-02-29T04:05:06.000007Z",
    "2100-02-29T04:05:06.000007Z",
    "2031-02-30T04:05:06.000007Z",
    "2031-04-31T04:05:06.000007Z",
    "2031-03-32T04:05:06.000007Z",
    "2031-03-00T04:05:06.000007Z",
    "2031-13-01T04:05:06.000007Z",
    "2031-00-01T04:05:06.000007Z",
    "2031-03-01T24:05:06.000007Z",
    "2031-03-01T04:60:06.000007Z",
    "2031-03-01T04:05:60.000007Z",
    "1969-12-31T23:59:59.999999Z",
    "2255-01-01T00:00:00.000000Z",
    "",
  ])("is not %j", (text) => {
    expect(Schema.is(Timestamp)(text)).toBe(false)
  })

  it("is every day there is", () => {
    for (let millis = 0; millis < Date.UTC(2255, 0, 1); millis += 86_400_000) {
      const timestamp = timestampFromMillis(millis)
      if (!Schema.is(Timestamp)(timestamp)) throw new Error(`${timestamp} is none`)
    }
  })
})
