import * as Schema from "effect/Schema"

// A real day of the years 1970 to 2254 (29 February is looked at below), and a real time of day.
const year = "(?:19[7-9]\\d|2[01]\\d\\d|22[0-4]\\d|225[0-4])"
const day =
  "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|[12]\\d))"
const canonical = new RegExp(`^${year}-${day}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{6}Z$`)

const isTimestamp = (text: string): boolean =>
  canonical.test(text) && (text.slice(5, 10) !== "02-29" || isLeapYear(Number(text.slice(0, 4))))

const isLeapYear = (year: number): boolean =>
  year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/**
 * An instant in UTC with microseconds, always 27 characters: `2026-03-01T04:05:06.000007Z`.
 * The width is fixed so that comparing the text compares the time. It lies between 1970 and the
 * end of 2254, so that the microseconds since 1970 are a number that is exact everywhere.
 */
export const Timestamp = Schema.String.check(
  Schema.makeFilter((text: string) => isTimestamp(text) || "expected a canonical timestamp"),
).pipe(Schema.brand("Timestamp"))
export type Timestamp = typeof Timestamp.Type

/** Milliseconds to add to a wall-clock time (given as if it were UTC) to get UTC. */
export type ZoneCorrection = (wallClockMillis: number) => number

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s?(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?$/

/**
 * Reads the ISO-like times that honeypot logs carry: `T` or a space, up to nine decimals (cut to
 * microseconds), `Z`, an offset, or neither. A time without a zone is corrected by `zone`.
 * Answers `undefined` for anything that is not a real instant between 1970 and 2254.
 */
export const parseTimestamp = (text: string, zone: ZoneCorrection): Timestamp | undefined => {
  if (isTimestamp(text)) return text as Timestamp // most logs write it just so
  const parts = pattern.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = "", suffix] = parts
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const roundTrip = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  if (new Date(wall).toISOString().slice(0, 19) !== roundTrip) return undefined
  const correction = suffix === undefined ? zone(wall) : -offsetMillis(suffix)
  return fromMillisAndMicros(wall + correction, fraction.padEnd(6, "0").slice(0, 6))
}

/** The canonical text of milliseconds since 1970, fractions of them left out. */
export const timestampFromMillis = (millis: number): Timestamp | undefined => {
  const whole = Math.floor(millis)
  const rest = String(((whole % 1000) + 1000) % 1000)
  return fromMillisAndMicros(Math.floor(whole / 1000) * 1000, `${rest.padStart(3, "0")}000`)
}

/** Milliseconds since 1970; the microseconds below one millisecond are dropped. */
export const timestampMillis = (timestamp: Timestamp): number =>
  Date.parse(`${timestamp.slice(0, 23)}Z`)

const lastMillis = Date.UTC(2254, 11, 31, 23, 59, 59)

const fromMillisAndMicros = (wholeSeconds: number, micros: string): Timestamp | undefined => {
  if (!(wholeSeconds >= 0 && wholeSeconds <= lastMillis)) return undefined
  const text = `${new Date(wholeSeconds).toISOString().slice(0, 19)}.${micros}Z`
  return text as Timestamp // built in the canonical shape two lines up
}

const offsetMillis = (suffix: string): number => {
  if (suffix === "Z") return 0
  const sign = suffix.startsWith("-") ? -1 : 1
  return sign * (Number(suffix.slice(1, 3)) * 60 + Number(suffix.slice(-2))) * 60_000
}

/** Microseconds since 1970: an exact number, since there are less than 2^53 of them by 2255. */
export const timestampMicros = (timestamp: Timestamp): number =>
  timestampMillis(timestamp) * 1000 + Number(timestamp.slice(23, 26))

/** The timestamp that {@link timestampMicros} made a number of. */
export const timestampFromMicros = (micros: number): Timestamp =>
  `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, 23)}${String(micros % 1000).padStart(3, "0")}Z` as Timestamp // canonical by construction
