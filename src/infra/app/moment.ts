import type { Database } from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Position } from "../../domain/event/position.ts"
import {
  parseTimestamp,
  type Timestamp,
  timestampFromMillis,
  timestampMicros,
} from "../../domain/event/timestamp.ts"
import {
  type Cut,
  cutAtEventTime,
  cutAtPosition,
  cutAtRecordedTime,
} from "../../projections/past/Cut.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askIfThere, type LogAvailability } from "../eventlog/LogAvailability.ts"
import { UsageError } from "./Answer.ts"

/** What asks about the past, as somebody wrote it. */
export interface MomentInput {
  readonly asOf: string | undefined
  readonly by: Cut["by"]
}

/** A moment of the past: a time, or a position of the log. */
export type Moment =
  | { readonly flag: string; readonly by: Cut["by"]; readonly time: Timestamp }
  | { readonly flag: string; readonly position: string }

/** The moment that `--as-of` asks about, if any: a bare day is meant whole. */
export const parseAsOf = ({
  asOf,
  by,
}: MomentInput): Effect.Effect<Moment | undefined, UsageError> => {
  if (asOf !== undefined) return parseMoment("--as-of", asOf, by, "235959")
  return by === "event-time"
    ? Effect.fail(new UsageError({ message: "--by needs a moment: give --as-of too" }))
    : Effect.succeed(undefined)
}

/** Reads a moment; a bare day is its beginning or its end. */
export const parseMoment = (
  flag: string,
  text: string,
  by: Cut["by"],
  timeOfBareDay: "000000" | "235959",
): Effect.Effect<Moment, UsageError> => {
  if (/^\d{4}-\d{2}-/.test(text) || agoOf(text) !== undefined) {
    return Effect.map(parseInstant(flag, text, timeOfBareDay), (time) => ({ flag, by, time }))
  }
  return by === "event-time"
    ? Effect.fail(
        new UsageError({
          message: `${flag} "${text}" is not a time, and a position has no event time: drop --by, or give a time such as 2026-03-01T12:30Z`,
        }),
      )
    : Effect.succeed({ flag, position: text })
}

/** Finds where the log and the read models have a moment. */
export const resolveMoment = Effect.fnUntraced(function* (
  moment: Moment,
): Effect.fn.Return<
  (database: Database) => Cut,
  UsageError | EventLogUnavailable,
  EventLog | LogAvailability
> {
  if ("time" in moment) {
    const { by, time } = moment
    return (database) =>
      by === "event-time" ? cutAtEventTime(time) : cutAtRecordedTime(database, time)
  }
  const log = yield* EventLog
  const position: Position | undefined = log.parsePosition(moment.position)
  if (position === undefined) {
    return yield* new UsageError({
      message: `${moment.flag} "${moment.position}" is neither a time, such as 2026-03-01T12:30Z, nor a position of this log`,
    })
  }
  // What comes there later would be in the answer then, and a position promises the same for ever.
  const health = yield* askIfThere(log.health)
  if (health !== undefined && position > health.head) {
    return yield* new UsageError({
      message: `${moment.flag} ${moment.position} is past the end of the log, which is ${health.head === "" ? "empty" : `at ${health.head}`}`,
    })
  }
  return (database) => cutAtPosition(database, position)
})

/** A span of time, both bounds included, as somebody wrote it. */
export interface RangeInput {
  readonly since: string | undefined
  readonly until: string | undefined
}

export interface Range {
  readonly since: Timestamp | undefined
  readonly until: Timestamp | undefined
}

/** Reads the bounds of a span of time; a bare day is meant whole. */
export const parseRange = Effect.fnUntraced(function* (
  input: RangeInput,
): Effect.fn.Return<Range, UsageError> {
  const { since: first, until: last } = input
  const since = first === undefined ? undefined : yield* parseInstant("--since", first, "000000")
  const until = last === undefined ? undefined : yield* parseInstant("--until", last, "235959")
  if (since !== undefined && until !== undefined && until < since) {
    return yield* new UsageError({ message: `--until ${until} lies before --since ${since}` })
  }
  return { since, until }
})

/** Parses a time (UTC by default) or an age such as `7d`; a bare date means the whole day. */
export const parseInstant = (
  flag: string,
  text: string,
  timeOfBareDay: "000000" | "235959",
): Effect.Effect<Timestamp, UsageError> => {
  const ago = agoOf(text)
  if (ago !== undefined) {
    return Effect.flatMap(Clock.currentTimeMillis, (millis) => {
      const then = timestampFromMillis(millis - ago)
      return then === undefined
        ? Effect.fail(new UsageError({ message: `${flag} ${text} is too long ago` }))
        : Effect.succeed(then)
    })
  }
  const bare = timeOfBareDay === "000000" ? "T00:00:00.000000Z" : "T23:59:59.999999Z"
  const full = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? `${text}${bare}`
    : text.replace(/^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2})(?=$|Z|[+-])/, "$1:00")
  const parsed = parseTimestamp(full, () => 0)
  return parsed === undefined
    ? Effect.fail(
        new UsageError({
          message: `${flag} "${text}" is not a time: give 2026-03-01, 2026-03-01T12:30Z, 2026-03-01T12:30:00+02:00, or 7d for seven days ago`,
        }),
      )
    : Effect.succeed(parsed)
}

/** Parses a time to come: a time (UTC by default), the end of a day, or how long from now, such as `30d`. */
export const parseDeadline = Effect.fnUntraced(function* (
  flag: string,
  text: string,
): Effect.fn.Return<Timestamp, UsageError> {
  const present = yield* Clock.currentTimeMillis
  const length = agoOf(text)
  const deadline =
    length === undefined
      ? yield* parseInstant(flag, text, "235959")
      : timestampFromMillis(present + length)
  if (deadline !== undefined && timestampMicros(deadline) > present * 1000) return deadline
  return yield* new UsageError({
    message: `${flag} ${text} is not a time to come: give 2026-12-31, or 30d for thirty days from now`,
  })
})

/** The age in milliseconds that a text such as `7d` gives. */
const agoOf = (text: string): number | undefined => {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? []
  const length = unitMillis[unit]
  return length === undefined ? undefined : Number(count) * length
}

const unitMillis: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** The present instant, for events that say when somebody decided something. */
export const now: Effect.Effect<Timestamp> = Effect.flatMap(Clock.currentTimeMillis, (millis) => {
  const timestamp = timestampFromMillis(millis)
  return timestamp === undefined
    ? Effect.die(new Error(`the clock says ${millis}, which is no time between 1970 and 2254`))
    : Effect.succeed(timestamp)
})
