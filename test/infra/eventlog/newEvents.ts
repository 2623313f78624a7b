import { randomUUID } from "node:crypto"
import type { NewEvent, RecordedEvent } from "../../../src/domain/event/events.ts"
import { EventId } from "../../../src/domain/event/ids.ts"

/** A stream that no other test has. */
export const newStream = (): string => `capture-test.${randomUUID()}`

/** An event type that no other test has. */
export const newType = (): string => `credential.test-${randomUUID()}`

export const newId = (): EventId => EventId.make(randomUUID())

/** An event of any type that says anything: a log keeps what it is given without looking into it. */
export const newEvent = (
  parts: { readonly type?: string; readonly data?: unknown; readonly metadata?: unknown } = {},
): NewEvent => {
  const event = { type: "credential.captured", data: {}, metadata: { schemaVersion: 1 }, ...parts }
  return { id: newId(), ...event } as NewEvent // by intent not always true, see above
}

/** So many events, numbered in their data from 0. */
export const newEvents = (count: number, type?: string): Array<NewEvent> =>
  Array.from({ length: count }, (_, n) =>
    newEvent({ data: { n }, ...(type === undefined ? {} : { type }) }),
  )

/** What an event was when it was given to the log. */
export const asGiven = ({ id, type, data, metadata }: RecordedEvent | NewEvent) => ({
  id,
  type,
  data,
  metadata,
})

export const idsOf = (events: ReadonlyArray<RecordedEvent | NewEvent>): ReadonlyArray<EventId> =>
  events.map((event) => event.id)
