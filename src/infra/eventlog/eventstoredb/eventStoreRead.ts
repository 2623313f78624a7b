import type { AllStreamResolvedEvent, ResolvedEvent } from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import type { EventLogUnavailable, ReadStreamOptions } from "../EventLog.ts"
import type { ClientSlot } from "./ClientSlot.ts"
import { collect } from "./collect.ts"
import type { EventStoreFailure } from "./eventStoreFailure.ts"
import { type ServerPosition, serverPositionOf } from "./eventStorePosition.ts"
import { type Persistence, persist } from "./persist.ts"
import { placeOf, recordedEvent } from "./recordedEvent.ts"

/** What is asked of the server with reads that end. */
export interface EventStoreReader {
  readonly stream: (
    name: string,
    options: ReadStreamOptions,
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventLogUnavailable>
  /** The place of the last event of all, whoever wrote it. One attempt. */
  readonly head: Effect.Effect<Position, EventStoreFailure>
  /** The event at a place, or the first after it. One attempt. */
  readonly at: (place: Position) => Effect.Effect<RecordedEvent | undefined, EventStoreFailure>
  /** Some events before a place (by default the end), the last first, that `wanted` is true of. */
  readonly backwards: (
    from: Position | undefined,
    limit: number,
    wanted: (event: RecordedEvent) => boolean,
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventLogUnavailable>
  /**
   * Whether something that `wanted` is true of stands after one place and up to another; it is
   * looked at so many events. Answers how far it has been looked, and whether there was one.
   */
  readonly look: (
    after: Position,
    upTo: Position,
    limit: number,
    wanted: (event: RecordedEvent) => boolean,
  ) => Effect.Effect<{ readonly to: Position; readonly found: boolean }, EventStoreFailure>
}

// Only the leader is sure to have what has just been written; another node names the leader.
const requiresLeader = true
const largestPage = 4096

export const makeEventStoreReader = (
  slot: ClientSlot,
  persistence: Persistence & { readonly deadline: number },
): EventStoreReader => {
  const { deadline } = persistence

  const page = (
    direction: "forwards" | "backwards",
    from: ServerPosition | "start" | "end",
    maxCount: number,
    take: (resolved: AllStreamResolvedEvent) => boolean,
  ) =>
    collect(
      slot,
      deadline,
      (client) => client.readAll({ direction, fromPosition: from, maxCount, requiresLeader }),
      take,
    )

  const head = Effect.suspend(() => {
    let last = beginning
    return page("backwards", "end", 1, (resolved) => {
      last = placeOf(resolved)
      return true
    }).pipe(Effect.map(() => last))
  })

  return {
    stream: (name, { direction, from, limit }) =>
      persist(
        "read",
        persistence,
        Effect.suspend(() => {
          const events: Array<RecordedEvent> = []
          if (limit <= 0) return Effect.succeed(events)
          const fromRevision =
            from !== undefined ? BigInt(from) : direction === "forwards" ? "start" : "end"
          return collect(
            slot,
            deadline,
            (client) =>
              client.readStream(name, { direction, fromRevision, maxCount: limit, requiresLeader }),
            (resolved: ResolvedEvent) => {
              const event = recordedEvent(resolved)
              if (event !== undefined) events.push(event)
              return true
            },
          ).pipe(Effect.as(events))
        }),
      ),
    // A read may be ended before its first event; a log without any is believed the second time.
    head: Effect.flatMap(head, (found) => (found === beginning ? head : Effect.succeed(found))),
    at: (place) =>
      Effect.suspend(() => {
        let event: RecordedEvent | undefined
        return page("forwards", serverPositionOf(place) ?? "start", 1, (resolved) => {
          event = recordedEvent(resolved)
          return true
        }).pipe(Effect.map(() => event))
      }),
    backwards: Effect.fnUntraced(function* (from, limit, wanted) {
      const events: Array<RecordedEvent> = []
      let before = from
      while (events.length < limit && before !== beginning) {
        let looked = 0
        const ask = Math.min(largestPage, limit - events.length + 1)
        const start = before === undefined ? "end" : (serverPositionOf(before) ?? "end")
        const found = yield* persist(
          "read",
          persistence,
          Effect.suspend(() => {
            looked = 0
            const page_: Array<RecordedEvent> = []
            let lowest = before
            return page("backwards", start, ask, (resolved) => {
              looked++
              const place = placeOf(resolved)
              // Whether the place itself is given too differs between what is documented and done.
              if (before !== undefined && place >= before) return true
              lowest = place
              const event = recordedEvent(resolved)
              if (event !== undefined && wanted(event)) page_.push(event)
              return true
            }).pipe(Effect.map(() => ({ page: page_, lowest })))
          }),
        )
        events.push(...found.page)
        if (looked < ask || found.lowest === before) break
        before = found.lowest
      }
      return events.slice(0, limit)
    }),
    look: (after, upTo, limit, wanted) =>
      Effect.suspend(() => {
        let to = after
        let found = false
        return page("forwards", serverPositionOf(after) ?? "start", limit, (resolved) => {
          const place = placeOf(resolved)
          if (place <= after) return true
          const event = place > upTo ? undefined : recordedEvent(resolved)
          found = event !== undefined && wanted(event)
          if (!found) to = place < upTo ? place : upTo
          return !found && place < upTo
        }).pipe(Effect.map(() => ({ to, found })))
      }),
  }
}
