import type { JSONEventData } from "@eventstore/db-client"
import type { NewEvent } from "../../../domain/event/events.ts"

/** An event as the client takes it, and the bytes that the server counts for it. */
export interface EncodedEvent {
  readonly event: JSONEventData
  readonly size: number
}

const encoder = new TextEncoder()

/**
 * Encodes an event before the client sees it: an append with data that is not JSON would never end
 * there, and bring the process down besides. Throws for such data, which is a mistake of the caller.
 */
export const encodeEvent = ({ id, type, data, metadata }: NewEvent): EncodedEvent => {
  const text = JSON.stringify(data)
  const about = JSON.stringify(metadata)
  if (text === undefined || about === undefined) {
    throw new TypeError(`event ${id} (${type}) has data or metadata that is not JSON`)
  }
  const metadataBytes = encoder.encode(about)
  return {
    event: {
      id,
      type,
      contentType: "application/json",
      data: data as JSONEventData["data"], // whatever it is, it has just become JSON
      metadata: metadataBytes,
    },
    size: Buffer.byteLength(text) + metadataBytes.length + 2 * type.length,
  }
}

/** The bytes that the server counts for events together. */
export const sizeOf = (events: ReadonlyArray<EncodedEvent>): number =>
  events.reduce((sum, { size }) => sum + size, 0)

/** The first of these events that together stay within a number of bytes, but at least one. */
export const firstWithin = (
  events: ReadonlyArray<EncodedEvent>,
  limit: number,
): ReadonlyArray<EncodedEvent> => {
  let size = 0
  let count = 0
  for (const event of events) {
    size += event.size
    if (size > limit && count > 0) break
    count++
  }
  return count === events.length ? events : events.slice(0, count)
}
