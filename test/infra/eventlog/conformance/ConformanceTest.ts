import type * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { RecordedEvent } from "../../../../src/domain/event/events.ts"
import type { Position } from "../../../../src/domain/event/position.ts"
import type { EventLog } from "../../../../src/infra/eventlog/EventLog.ts"

export type Log = EventLog["Service"]

/** Defines a test of a log that is there for this test. */
export type ConformanceTest = (
  title: string,
  body: (log: Log) => Effect.Effect<void, unknown, Scope>,
) => void

export const wholeStream = (log: Log, stream: string) =>
  log.readStream(stream, { direction: "forwards", limit: 100_000 })

export const eventsAfter = (log: Log, position: Position) =>
  log.readAll({ direction: "forwards", from: position, limit: 1_000_000 })

export const positionAt = (events: ReadonlyArray<RecordedEvent>, index: number): Position => {
  const event = events[index]
  if (event === undefined) throw new Error(`there is no event ${index}`)
  return event.position
}

export const isStrictlyIncreasing = (positions: ReadonlyArray<Position>): boolean =>
  positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? position))
