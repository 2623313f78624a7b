import type { AllStreamResolvedEvent, AllStreamSubscription } from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import type { Scope } from "effect/Scope"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import type { Position } from "../../../domain/event/position.ts"
import type { ClientSlot } from "./ClientSlot.ts"
import { type EventStoreFailure, eventStoreFailure } from "./eventStoreFailure.ts"
import { positionOf, type ServerPosition } from "./eventStorePosition.ts"
import type { ClientModule } from "./guardedClient.ts"
import { placeOf, recordedEvent } from "./recordedEvent.ts"

/** Events that have come, how far the log has been looked through, and whether more are here. */
interface Arrived {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly position: Position
  readonly more: boolean
  /** The server says that it has nothing more; not every server ever does. */
  readonly saysCaughtUp: boolean
}

/** One subscription of the client, for as long as it lives. */
export interface Feed {
  /** What is here, without waiting, up to so many events; `position` if nothing is. */
  readonly arrived: (most: number, position: Position) => Arrived
  /** Waits until something is here, at most so many milliseconds; fails when the feed has ended. */
  readonly wait: (milliseconds: number) => Effect.Effect<"more" | "quiet", EventStoreFailure>
}

type Item =
  | AllStreamResolvedEvent
  | { readonly checkpoint: ServerPosition }
  | { readonly caughtUp: true }

// Called while the events before the checkpoint are still in the queue: it goes in behind them.
const checkpointReached = async (
  subscription: AllStreamSubscription,
  position: ServerPosition,
): Promise<void> => {
  subscription.push({ checkpoint: position })
}

// What is kept ready for the consumer; the rest waits in the socket and then on the server.
const highWaterMark = 256

/**
 * Subscribes to everything after a place, of some types. What the client tells besides events,
 * which is ahead of the events that are still to be read, is put into the queue behind them.
 */
export const openFeed = (
  { eventTypeFilter, excludeSystemEvents }: ClientModule,
  slot: ClientSlot,
  from: ServerPosition | "start",
  types: ReadonlyArray<string> | undefined,
): Effect.Effect<Feed, never, Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => {
        const client = slot.client()
        const subscription = client.subscribeToAll(
          {
            fromPosition: from,
            filter:
              types === undefined || types.length === 0
                ? excludeSystemEvents({ checkpointReached })
                : eventTypeFilter({
                    prefixes: [...types],
                    checkpointReached,
                  }),
          },
          { highWaterMark },
        )
        const state: State = { ended: undefined, wake: () => {} }
        const end = (thrown?: unknown): void => {
          state.ended ??= thrown === undefined ? hungUp : eventStoreFailure(thrown)
          if (state.ended.stuck) slot.replace(client)
          state.wake()
        }
        subscription.on("caughtUp", () => subscription.push({ caughtUp: true }))
        subscription.on("readable", () => state.wake())
        subscription.on("error", end)
        subscription.on("end", () => end())
        subscription.on("close", () => end())
        return { subscription, state }
      }),
      ({ subscription }) =>
        Effect.sync(() => {
          subscription.unsubscribe().catch(() => {}) // it had not even begun
          subscription.destroy()
        }),
    ),
    ({ subscription, state }): Feed => ({
      arrived: (most, before) => {
        const events: Array<RecordedEvent> = []
        let position = before
        let saysCaughtUp = false
        let item: Item | null = null
        while (events.length < most) {
          item = subscription.read()
          if (item === null) break
          saysCaughtUp = false
          if ("caughtUp" in item) saysCaughtUp = true
          else if ("checkpoint" in item) position = later(position, positionOf(item.checkpoint))
          else {
            const place = placeOf(item)
            const event = place > before ? recordedEvent(item) : undefined
            if (event !== undefined && isWanted(event, types)) events.push(event)
            position = later(position, place)
          }
        }
        return { events, position, saysCaughtUp, more: item !== null }
      },
      wait: (milliseconds) =>
        Effect.callback((resume) => {
          const settle = (): void => {
            clearTimeout(timer)
            state.wake = () => {}
          }
          const look = (): void => {
            // What a stream has in it when it is destroyed can never be read.
            if (subscription.readableLength > 0 && !subscription.destroyed) {
              settle()
              resume(Effect.succeed("more"))
            } else if (state.ended !== undefined) {
              settle()
              resume(Effect.fail(state.ended))
            }
          }
          const timer = setTimeout(() => {
            settle()
            resume(Effect.succeed("quiet"))
          }, milliseconds)
          state.wake = look
          look()
          return Effect.sync(settle)
        }),
    }),
  )

interface State {
  ended: EventStoreFailure | undefined
  wake: () => void
}

const hungUp: EventStoreFailure = {
  does: "retry",
  kind: "unreachable",
  reason: "it has ended the subscription",
  stuck: false,
}

const later = (a: Position, b: Position): Position => (a > b ? a : b)

/** Whether a subscriber to these types wants an event; of all, what is the server's own is not. */
export const isWanted = (
  { type, stream }: RecordedEvent,
  types: ReadonlyArray<string> | undefined,
): boolean =>
  types === undefined ? !type.startsWith("$") && !stream.startsWith("$") : types.includes(type)
