import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Stream from "effect/Stream"
import type { RecordedEvent } from "../../../src/domain/event/events.ts"
import type { Delivery, EventLogUnavailable } from "../../../src/infra/eventlog/EventLog.ts"

type Deliveries = ReadonlyArray<Delivery>

/** The deliveries of a subscription up to the first with which `enough` is true of all so far. */
export const deliveriesUntil = (
  subscription: Stream.Stream<Delivery, EventLogUnavailable>,
  enough: (deliveries: Deliveries) => boolean,
): Effect.Effect<Deliveries, EventLogUnavailable> =>
  Effect.suspend(() => {
    const received: Array<Delivery> = []
    return subscription.pipe(
      Stream.takeUntil((delivery) => {
        received.push(delivery)
        return enough(received)
      }),
      Stream.runDrain,
      Effect.as(received),
    )
  })

export const eventsOf = (deliveries: Deliveries): ReadonlyArray<RecordedEvent> =>
  deliveries.flatMap((delivery) => delivery.events)

/** Until there was nothing more. */
export const caughtUp = (deliveries: Deliveries): boolean => deliveries.at(-1)?.caughtUp === true

/** Until so many events have come. */
export const eventCount =
  (count: number) =>
  (deliveries: Deliveries): boolean =>
    eventsOf(deliveries).length >= count

// Enough for whoever has nothing left to do to begin waiting.
const turns = Effect.repeat(Effect.yieldNow, { times: 50 })

/**
 * Listens in the background. `live` ends once the subscription has caught up and waits for more;
 * `received` grows.
 */
export const listen = Effect.fnUntraced(function* (
  subscription: Stream.Stream<Delivery, EventLogUnavailable>,
  enough: (deliveries: Deliveries) => boolean,
) {
  const live = yield* Latch.make(false)
  const received: Array<Delivery> = []
  const fiber = yield* subscription.pipe(
    Stream.tap((delivery) => (delivery.caughtUp ? live.open : Effect.void)),
    Stream.takeUntil((delivery) => {
      received.push(delivery)
      return live.isOpen() && enough(received)
    }),
    Stream.runDrain,
    Effect.forkScoped,
  )
  return { fiber, live: Effect.andThen(live.await, turns), received }
})
