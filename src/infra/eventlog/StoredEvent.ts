import type { RecordedEvent } from "../../domain/event/events.ts"
import type { EventId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { positionOf } from "./localPosition.ts"

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
