import * as Effect from "effect/Effect"
import { beginning, type Position } from "../../domain/event/position.ts"
import { EventLogUnavailable } from "./EventLog.ts"

const digits = 16
const shape = /^[0-9]{16}$/

/**
 * The position of the event at a place of a local log, where events are counted from 1: the number
 * with leading zeros, so that the order of the text is the order of the log. Place 0 is before all.
 */
export const positionOf = (place: number): Position =>
  place === 0 ? beginning : (String(place).padStart(digits, "0") as Position) // the shape read below

/** The place that a position stands for, where it was given by {@link positionOf}. */
export const placeOf = (position: Position): Effect.Effect<number, EventLogUnavailable> => {
  if (position === beginning) return Effect.succeed(0)
  return shape.test(position)
    ? Effect.succeed(Number(position))
    : Effect.fail(
        new EventLogUnavailable({
          operation: "find a position",
          kind: "foreign-position",
          reason: `"${position.slice(0, 64)}" is not a position of this log. Read models built from another log must be rebuilt from this one`,
        }),
      )
}

/** The position that somebody means by some digits; `undefined` where they are none. */
export const parsePosition = (text: string): Position | undefined =>
  /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text))
    ? positionOf(Number(text))
    : undefined
