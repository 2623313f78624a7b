import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import type { Position } from "../../domain/event/position.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import {
  type Cut,
  cutAtEventTime,
  cutAtPosition,
  cutAtRecordedTime,
} from "../../projections/past/Cut.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askIfThere, type LogAvailability } from "../eventlog/LogAvailability.ts"
import { parseInstant } from "./filters.ts"
import { UsageError } from "./UsageError.ts"

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
    ? Effect.fail(new UsageError({ message: "--by says how --as-of is meant: give that too" }))
    : Effect.succeed(undefined)
}

/** Reads a moment; a bare day is its beginning or its end. */
export const parseMoment = (
  flag: string,
  text: string,
  by: Cut["by"],
  timeOfBareDay: "000000" | "235959",
): Effect.Effect<Moment, UsageError> => {
  if (/^\d{4}-\d{2}-/.test(text)) {
    return Effect.flatMap(parseInstant(flag, text, timeOfBareDay), (time) =>
      time === undefined ? Effect.die("a text was given") : Effect.succeed({ flag, by, time }),
    )
  }
  return by === "event-time"
    ? Effect.fail(
        new UsageError({
          message: `${flag} "${text}" is not a time, and a position has no event time: leave --by out, or give a time such as 2026-03-01T12:30Z`,
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
