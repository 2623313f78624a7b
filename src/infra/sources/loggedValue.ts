import { ipAddress } from "../../domain/capture/address.ts"
import {
  parseTimestamp,
  type Timestamp,
  timestampFromMicros,
  type ZoneCorrection,
} from "../../domain/event/timestamp.ts"
import type { RejectReason } from "./SourceAdapter.ts"

/**
 * A name or a secret as a log holds it: text, or a whole number, which is what pipelines make of a
 * password of digits. `null` where the log has nothing there, `undefined` where what it has is not
 * surely what was typed (a fraction, a number too large to be exact, an object).
 */
export const loggedText = (value: unknown): string | null | undefined => {
  if (typeof value === "string") return value
  if (value === undefined || value === null) return null
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : undefined
}

/** The address that a log names as the source; `null` where it names none, or hashed or masked it. */
export const loggedAddress = (value: unknown): string | null =>
  typeof value === "string" ? (ipAddress(value) ?? null) : null

/**
 * The time that a log gives: text as {@link parseTimestamp} reads it, or the seconds, milliseconds,
 * microseconds or nanoseconds since 1970 as a number or as digits. Which of them they are is sure
 * from their size: the ranges are the years 1973 to 2254, and do not overlap.
 */
export const loggedTime = (value: unknown, zone: ZoneCorrection): Timestamp | undefined => {
  if (typeof value === "number") return fromEpoch(value)
  if (typeof value !== "string") return undefined
  return parseTimestamp(value, zone) ?? (epochDigits.test(value) ? fromEpoch(value) : undefined)
}

/** Why {@link loggedTime} found no time in a value. */
export const noTime = (value: unknown): RejectReason => {
  if (value === undefined || value === null) return "missing-field"
  return typeof value === "string" ? "bad-timestamp" : "wrong-type"
}

const epochDigits = /^\d{9,19}(?:\.\d{1,9})?$/
const firstSeconds = 1e8
const endSeconds = Date.UTC(2255, 0, 1) / 1000

const fromEpoch = (value: number | string): Timestamp | undefined => {
  const size = Number(value)
  for (const [index, perSecond] of unitsPerSecond.entries()) {
    if (size < firstSeconds * perSecond || size >= endSeconds * perSecond) continue
    return timestampFromMicros(micros(String(value), 6 - 3 * index))
  }
  return undefined
}

const unitsPerSecond = [1, 1e3, 1e6, 1e9]

/** The digits of a number with its decimal point moved by so many places, and the rest cut off. */
const micros = (digits: string, places: number): number => {
  const [whole = "", fraction = ""] = digits.split(".", 2)
  const moved = places >= 0 ? whole + fraction.padEnd(places, "0").slice(0, places) : whole
  return Number(places >= 0 ? moved : whole.slice(0, places))
}
