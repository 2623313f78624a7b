import type { RecordedEvent } from "../../src/domain/event/events.ts"

/** The events of each stream, each event one text: two that are equal say the same. */
export type Streams = ReadonlyMap<string, ReadonlyArray<string>>

/**
 * What is in the streams: all but when it was recorded, and where in the whole log. When a log was
 * bound to its keys is the clock's.
 */
export const streamsOf = (events: ReadonlyArray<RecordedEvent>): Streams => {
  const streams = new Map<string, Array<string>>()
  for (const { stream, revision, id, type, data, metadata } of events) {
    const own = streams.get(stream) ?? []
    streams.set(stream, own)
    const said = type === "keys.bound" ? {} : { data }
    own.push(JSON.stringify({ revision, id, type, ...said, metadata }))
  }
  return streams
}

/** The streams that are not the same in both, with the first event that differs. */
export const differences = (one: Streams, other: Streams): ReadonlyArray<object> =>
  [...new Set([...one.keys(), ...other.keys()])].flatMap((stream) => {
    const [a = [], b = []] = [one.get(stream), other.get(stream)]
    const at = Array.from({ length: Math.max(a.length, b.length) }, (_, n) => n).find(
      (n) => a[n] !== b[n],
    )
    return at === undefined ? [] : [{ stream, one: a[at], other: b[at] }]
  })

/** The id of the event at a position. */
export const eventAt = (events: ReadonlyArray<RecordedEvent>): ((position: string) => string) => {
  const ids = new Map(events.map(({ position, id }) => [String(position), id]))
  return (position) => ids.get(position) ?? `no event is at "${position}"`
}
