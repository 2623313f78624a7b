import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import type { Delivery } from "../EventLog.ts"

/** The first events of a subscription: so many, or all there are; no more is asked for than that takes. */
export const firstEvents = <E, R>(
  deliveries: Stream.Stream<Delivery, E, R>,
  limit: number,
): Effect.Effect<ReadonlyArray<RecordedEvent>, E, R> =>
  Effect.suspend(() => {
    const first: Array<RecordedEvent> = []
    return deliveries.pipe(
      Stream.takeUntil(({ events, caughtUp }) => {
        first.push(...events.slice(0, limit - first.length))
        return caughtUp || first.length === limit
      }),
      Stream.runDrain,
      Effect.as(first),
    )
  })
