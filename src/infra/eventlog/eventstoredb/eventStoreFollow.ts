import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { RecordedEvent } from "../../../domain/event/events.ts"
import { beginning, type Position } from "../../../domain/event/position.ts"
import { type Delivery, EventLogUnavailable, type SubscribeOptions } from "../EventLog.ts"
import type { ClientSlot } from "./ClientSlot.ts"
import { asUnavailable, type EventStoreFailure } from "./eventStoreFailure.ts"
import { foreignPosition, serverPositionOf } from "./eventStorePosition.ts"
import type { EventStoreReader } from "./eventStoreRead.ts"
import { type Feed, isWanted, openFeed } from "./Feed.ts"
import type { ClientModule } from "./guardedClient.ts"
import { jittered, type Persistence } from "./persist.ts"

/** Milliseconds without news after which it is asked whether there is nothing more. */
const quiet = 20
const longestQuiet = 1000
/** Milliseconds that events are gathered for while there are more to come. */
const gatheringTime = 500
/**
 * Milliseconds that what is live waits for more close behind it, and at most altogether: a server
 * sends one by one what was appended together, and each delivery is a transaction of the subscriber.
 */
const closeBehind = 2
const liveGatheringTime = 25
/** How many events are looked through at a time for one that the feed has still to bring. */
const lookLimit = 2000

export interface Followed extends Persistence {
  readonly module: ClientModule
  readonly slot: ClientSlot
  readonly reader: EventStoreReader
  /** Milliseconds a call may take; after so long without news the link is tried. */
  readonly deadline: number
}

interface Open {
  readonly feed: Feed
  readonly scope: Scope.Closeable
}

/**
 * The subscription of a server's log: it goes on over connections that break, from the last place
 * that has been delivered. That it has caught up is judged by positions: everything up to the last
 * event there was when it was asked has been delivered, or is known to be of no interest.
 */
export const followEventStore = (
  followed: Followed,
  { after, types, batchSize }: SubscribeOptions,
): Stream.Stream<Delivery, EventLogUnavailable> =>
  Stream.unwrap(
    Effect.gen(function* () {
      yield* requirePosition(after)
      const owner = yield* Effect.scope
      const { reader, slot, module, location, patience, deadline } = followed
      let head: Position | undefined
      let position = after
      let live = false
      let begun = false
      let open: Open | undefined
      let failures = 0
      let brokenSince: number | undefined

      const connected = Effect.suspend(() => {
        if (open !== undefined) return Effect.succeed(open.feed)
        return Effect.gen(function* () {
          head = yield* reader.head
          if (!begun && after > head) return yield* Effect.fail(pastTheEnd(after, head))
          const scope = yield* Scope.fork(owner)
          const from = serverPositionOf(position) ?? "start"
          const feed = yield* Scope.provide(openFeed(module, slot, from, types), scope)
          open = { feed, scope }
          return feed
        })
      })
      const disconnect = Effect.suspend(() => {
        const closing = open
        open = undefined
        return closing === undefined ? Effect.void : Scope.close(closing.scope, Exit.void)
      })
      const recovered = (): void => {
        failures = 0
        brokenSince = undefined
      }
      const wanted = (event: Parameters<typeof isWanted>[0]) => isWanted(event, types)

      /** Looks in the log itself whether the feed still has something to bring, up to its head. */
      const look = Effect.fnUntraced(function* (): Effect.fn.Return<
        "something" | "nothing",
        EventStoreFailure
      > {
        const end = live ? yield* reader.head : (head ?? (yield* reader.head))
        head = end
        let from = position
        while (from < end) {
          const { to, found } = yield* reader.look(from, end, lookLimit, wanted)
          if (found) return "something"
          if (to === from) return yield* Effect.fail(silent) // it ended before what is there
          from = to
        }
        if (from > position) position = from
        return "nothing"
      })

      const next = Effect.fnUntraced(function* (): Effect.fn.Return<
        Delivery,
        EventStoreFailure | EventLogUnavailable
      > {
        const feed = yield* connected
        const since = yield* Clock.currentTimeMillis
        const events: Array<RecordedEvent> = []
        let checks = 0
        let waited = 0
        let arrivedAt: number | undefined
        for (;;) {
          const arrived = feed.arrived(batchSize - events.length, position)
          const advanced = arrived.position > position
          position = arrived.position
          events.push(...arrived.events)
          const full = events.length === batchSize
          if (full) {
            live = false
            head = undefined
          } else if (head !== undefined && position >= head) live = true
          if (advanced) recovered()
          if (full) break
          if (live && events.length > 0) {
            const now = yield* Clock.currentTimeMillis
            arrivedAt ??= now
            if (now - arrivedAt >= liveGatheringTime) break
            const more = yield* Effect.result(feed.wait(closeBehind))
            if (more._tag === "Success" && more.success === "more") continue
            break
          }
          if (live && (advanced || !begun)) break
          if (events.length > 0 && (yield* Clock.currentTimeMillis) - since > gatheringTime) break

          const patient = live ? deadline : Math.min(quiet * 2 ** checks, longestQuiet)
          const waiting =
            arrived.saysCaughtUp && !live ? Effect.succeed("quiet" as const) : feed.wait(patient)
          const news = yield* Effect.result(
            Effect.flatMap(waiting, (state) => (state === "more" ? Effect.succeed(state) : look())),
          )
          if (news._tag === "Failure") {
            // It will be the same when it is asked again, and what has come is not lost till then.
            if (events.length > 0) break
            return yield* Effect.fail(news.failure)
          }
          if (news.success === "more") continue
          recovered()
          checks++
          waited += patient
          if (news.success === "nothing") {
            if (live) continue
            live = true
            break
          }
          if (events.length === 0 && (live || waited > deadline)) return yield* Effect.fail(silent)
        }
        begun = true
        return { events, position, caughtUp: live }
      })

      const delivery: Effect.Effect<Delivery, EventLogUnavailable> = Effect.gen(function* () {
        for (;;) {
          const result = yield* Effect.result(next())
          if (result._tag === "Success") return result.success
          const failure = result.failure
          yield* disconnect
          live = false
          head = undefined
          if (failure instanceof EventLogUnavailable) return yield* failure
          if (failure.does === "bug") return yield* Effect.die(new Error(failure.reason))
          const now = yield* Clock.currentTimeMillis
          brokenSince ??= now
          if (failure.does === "give-up" || now - brokenSince > patience) {
            return yield* asUnavailable("subscribe", location, failure)
          }
          failures++
          if (failures === 1) yield* Effect.logDebug(`subscribing again: ${failure.reason}`)
          yield* Effect.sleep(yield* jittered(failures))
        }
      })
      return Stream.unfold(undefined, () =>
        Effect.map(delivery, (one) => [one, undefined] as const),
      )
    }),
  )

const silent: EventStoreFailure = {
  does: "retry",
  kind: "unreachable",
  reason: "its subscription delivers nothing, although there are new events",
  stuck: false,
}

const requirePosition = (after: Position): Effect.Effect<void, EventLogUnavailable> =>
  serverPositionOf(after) === undefined ? Effect.fail(foreignPosition(after)) : Effect.void

// A reader that is ahead of the log would silently miss everything up to where it is.
const pastTheEnd = (after: Position, head: Position): EventLogUnavailable =>
  new EventLogUnavailable({
    operation: "subscribe to the event log",
    kind: "foreign-position",
    reason: `position ${after} is past the end of the log, which is ${head === beginning ? "empty" : `at ${head}`}: it is another log, or an older copy of it. Read models built from the other one must be rebuilt`,
  })
