import type { RecordedEvent } from "../../../domain/event/events.ts"
import { timestampFromMillis } from "../../../domain/event/timestamp.ts"

/**
 * When an event was recorded for the first time: as its metadata says, where it was copied from
 * another log, otherwise as its log says.
 */
export const firstRecordedAt = (event: RecordedEvent): string | undefined => {
  const { metadata } = event
  return isObject(metadata) && typeof metadata.recordedAt === "string"
    ? metadata.recordedAt
    : timestampFromMillis(event.recordedAt)
}

/** The metadata of an event for the log that it is copied into, with when it was first recorded. */
export const withRecordedTime = (event: RecordedEvent): unknown =>
  isObject(event.metadata)
    ? { ...event.metadata, recordedAt: firstRecordedAt(event) }
    : event.metadata

/** The metadata of an event as they were before it was copied anywhere. */
export const withoutRecordedTime = ({ metadata }: RecordedEvent): unknown => {
  if (!isObject(metadata)) return metadata
  const { recordedAt: _, ...rest } = metadata
  return rest
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
