import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ZoneCorrection } from "../../domain/event/timestamp.ts"

/** A time zone that nobody knows. */
export class UnknownTimeZone extends Schema.TaggedError<UnknownTimeZone>()("UnknownTimeZone", {
  zone: Schema.String,
}) {
  override get message(): string {
    return `there is no time zone "${this.zone}": give an IANA name such as Europe/Oslo, or an offset such as +02:00`
  }
}

const quarterHour = 15 * 60_000

/**
 * How to get from a wall clock in this zone to UTC. In the hour that a change to winter time
 * repeats, the first of the two is meant; a time that a change to summer time skips is moved on.
 */
export const zoneCorrection = (name: string): ZoneCorrection | UnknownTimeZone => {
  if (name === "UTC") return () => 0
  const zone = Option.getOrUndefined(DateTime.zoneFromString(name))
  if (zone === undefined) return new UnknownTimeZone({ zone: name })
  // Offsets change only at quarters of an hour, and log lines come in order.
  let cachedQuarter = Number.NaN
  let cached = 0
  return (wallClock) => {
    const quarter = Math.floor(wallClock / quarterHour)
    if (quarter !== cachedQuarter) {
      const zoned = DateTime.makeZoned(wallClock, { timeZone: zone, adjustForTimeZone: true })
      cached = Option.match(zoned, {
        onNone: () => 0,
        onSome: (time) => DateTime.toEpochMillis(time) - wallClock,
      })
      cachedQuarter = quarter
    }
    return cached
  }
}
