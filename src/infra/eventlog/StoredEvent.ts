import * as Effect from "effect/Effect"
import type { RecordedEvent } from "../../domain/event/events.ts"
import type { EventId } from "../../domain/event/ids.ts"
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
          operation: "find a position in the event log",
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

/** An event as the local logs keep it; `id` is 32 hexadecimal digits, `data` and `metadata` JSON. */
export type StoredRow = readonly [
  place: number,
  stream: string,
  revision: number,
  id: string,
  type: string,
  recordedAt: number,
  data: string,
  metadata: string,
]

/**
 * A recorded event that works out its parts when they are asked for: most readers of many events
 * want the data of some. The parts are getters, so copy an event by naming them, not by spreading;
 * nothing is kept of what was worked out, since a batch of many events is held for a while.
 */
export class StoredEvent implements RecordedEvent {
  readonly #row: StoredRow

  constructor(row: StoredRow) {
    this.#row = row
  }

  /** Where it is in its log, counted from 1. */
  get place(): number {
    return this.#row[0]
  }

  get position(): Position {
    return positionOf(this.#row[0])
  }

  get stream(): string {
    return this.#row[1]
  }

  get revision(): number {
    return this.#row[2]
  }

  get id(): EventId {
    const hex = this.#row[3].toLowerCase()
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}` as EventId // written from an EventId
  }

  get type(): string {
    return this.#row[4]
  }

  get recordedAt(): number {
    return this.#row[5]
  }

  get data(): unknown {
    return parsed(this.#row[6])
  }

  get metadata(): unknown {
    return parsed(this.#row[7])
  }

  /** What `JSON.stringify` makes of the event: everything the interface has. */
  toJSON(): RecordedEvent {
    return {
      position: this.position,
      stream: this.stream,
      revision: this.revision,
      id: this.id,
      type: this.type,
      recordedAt: this.recordedAt,
      data: this.data,
      metadata: this.metadata,
    }
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text // data that is not JSON is given back as it is: decoding it says what is wrong
  }
}
