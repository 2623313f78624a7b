import type { AllStreamResolvedEvent, ResolvedEvent } from "@eventstore/db-client"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import type { EventId } from "../../../domain/event/ids.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { positionOf, type ServerPosition } from "./eventStorePosition.ts"

type Resolved = ResolvedEvent | AllStreamResolvedEvent

/** Where an event stands in the log: with links, where the link stands. */
export const placeOf = ({ event, link }: Resolved): Position => {
  const place: ServerPosition | undefined = (link ?? event)?.position
  return place === undefined ? beginning : positionOf(place)
}

/**
 * An event of the server as everybody else knows it; `undefined` where there is nothing behind a
 * link any more. Data that is not JSON comes as text. An event that was copied from another log
 * says in its metadata when it was recorded there.
 */
export const recordedEvent = (resolved: Resolved): RecordedEvent | undefined => {
  const { event } = resolved
  if (event === undefined) return undefined
  const metadata = asJson(event.metadata)
  return {
    position: placeOf(resolved),
    stream: event.streamId,
    revision: Number(event.revision),
    id: event.id as EventId, // the server takes nothing but UUIDs
    type: event.type,
    recordedAt: originallyAt(metadata) ?? event.created.getTime(),
    data: asJson(event.data),
    metadata,
  }
}

const asJson = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : (value ?? null)

const originallyAt = (metadata: unknown): number | undefined => {
  if (typeof metadata !== "object" || metadata === null || !("recordedAt" in metadata)) return
  const { recordedAt } = metadata
  return typeof recordedAt === "number" && Number.isSafeInteger(recordedAt) && recordedAt >= 0
    ? recordedAt
    : undefined
}
