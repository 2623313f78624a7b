import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { AppendSignal } from "./AppendSignal.ts"
import { type Delivery, EventLogUnavailable, type SubscribeOptions } from "./EventLog.ts"
import { placeOf, positionOf, type StoredEvent } from "./StoredEvent.ts"

/**
 * Some events after a place, and the place of the last event of the log. `seen` was asked of the
 * signal before `head`, and `head` before the events.
 */
interface LogPage {
  readonly seen: number
  readonly events: ReadonlyArray<StoredEvent>
  readonly head: number
}

/** What following needs of a local log. */
export interface Followed {
  readonly signal: AppendSignal
  readonly page: (
    after: number,
    options: SubscribeOptions,
  ) => Effect.Effect<LogPage, EventLogUnavailable>
}

interface Follower {
  readonly place: number
  readonly begun: boolean
}

/** The subscription of the local logs: page after page, then whatever the signal announces. */
export const follow = (
  log: Followed,
  options: SubscribeOptions,
): Stream.Stream<Delivery, EventLogUnavailable> => {
  const next = Effect.fnUntraced(function* (follower: Follower) {
    // Pages are read synchronously: without this a long catch-up would hold up timers and signals.
    if (follower.begun) yield* Effect.yieldNow
    for (;;) {
      const page = yield* log.page(follower.place, options)
      if (!follower.begun && page.head < follower.place) {
        return yield* pastTheEnd(follower.place, page.head)
      }
      const full = page.events.length === options.batchSize
      const last = page.events.at(-1)?.place ?? follower.place
      const place = full ? last : Math.max(last, page.head)
      if (page.events.length > 0 || place > follower.place || !follower.begun) {
        const delivery: Delivery = {
          events: page.events,
          position: positionOf(place),
          caughtUp: !full || place === page.head,
        }
        const state: Follower = { place, begun: true }
        return [delivery, state] as const
      }
      yield* log.signal.after(page.seen)
      yield* Effect.yieldNow // let the append that woke this up return first
    }
  })
  return Stream.unwrap(
    Effect.map(placeOf(options.after), (place) => Stream.unfold({ place, begun: false }, next)),
  )
}

// A reader that is ahead of the log would silently miss everything up to where it is.
const pastTheEnd = (place: number, head: number): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "subscribe to the event log",
    kind: "foreign-position",
    reason: `position ${positionOf(place)} is past the end of the log, which is ${head === 0 ? "empty" : `at ${positionOf(head)}`}: it is another log, or an older copy of it. Read models built from the other one must be rebuilt`,
  })
