import type { RecordedEvent } from "../../../domain/events.ts"
import { visible } from "./visible.ts"

const hidden = ["printable", "base64", "originalBase64"]

/** An event as JSON: everything the log holds, secrets masked unless they are to be revealed. */
export const eventJson = (event: RecordedEvent, reveal: boolean): Record<string, unknown> => ({
  position: event.position,
  stream: event.stream,
  revision: event.revision,
  id: event.id,
  type: event.type,
  recordedAt: new Date(event.recordedAt).toISOString(),
  data: reveal ? event.data : masked(event.data),
  metadata: event.metadata,
})

/** An event on one line: position, type, and what it says as short as it can be. */
export const eventText = (event: RecordedEvent, reveal: boolean): string => {
  const said = JSON.stringify(reveal ? event.data : masked(event.data)) ?? ""
  return visible(`${event.position}  ${event.type}  ${said}`)
}

const masked = (data: unknown): unknown => {
  if (typeof data !== "object" || data === null || !("secret" in data)) return data
  const { secret } = data
  if (typeof secret !== "object" || secret === null) return data
  const shown = Object.entries(secret).filter(([name]) => !hidden.includes(name))
  return { ...data, secret: Object.fromEntries(shown) }
}
