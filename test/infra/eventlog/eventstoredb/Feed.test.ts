import { Readable } from "node:stream"
import * as client from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { Scope } from "effect/Scope"
import { describe, expect, it } from "vitest"
import { beginning, type Position } from "../../../../src/domain/event/position.ts"
import { makeClientSlot } from "../../../../src/infra/eventlog/eventstoredb/ClientSlot.ts"
import { positionOf } from "../../../../src/infra/eventlog/eventstoredb/eventStorePosition.ts"
import { type Feed, openFeed } from "../../../../src/infra/eventlog/eventstoredb/Feed.ts"
import type { GuardedClient } from "../../../../src/infra/eventlog/eventstoredb/guardedClient.ts"
import { idsOf, newId } from "../newEvents.ts"

const place = (n: number): Position => positionOf({ commit: BigInt(n), prepare: BigInt(n) })

interface Options {
  readonly filter: { readonly checkpointReached?: (s: unknown, p: unknown) => Promise<void> }
}

/** The client's side of a subscription, which does what it is told. */
class Subscription extends Readable {
  unsubscribed = 0
  readonly options: Options

  constructor(options: Options) {
    super({ objectMode: true, read: () => {} })
    this.options = options
  }

  async unsubscribe(): Promise<void> {
    this.unsubscribed++
  }

  event(at: number, type = "a", stream = "s"): void {
    this.push({
      event: {
        streamId: stream,
        id: newId(),
        revision: BigInt(at),
        type,
        data: { at },
        metadata: {},
        isJson: true,
        created: new Date(0),
        position: { commit: BigInt(at), prepare: BigInt(at) },
      },
      commitPosition: BigInt(at),
    })
  }

  checkpoint(commit: number, prepare = commit): void {
    void this.options.filter.checkpointReached?.(this, {
      commit: BigInt(commit),
      prepare: BigInt(prepare),
    })
  }
}

interface Opened {
  readonly feed: Feed
  readonly subscription: Subscription
  readonly discards: () => number
}

const withFeed = (
  title: string,
  types: ReadonlyArray<string> | undefined,
  body: (opened: Opened) => Effect.Effect<void, unknown, Scope>,
): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.gen(function* () {
        let subscription: Subscription | undefined
        let discards = 0
        const fake = {
          discard: () => discards++,
          subscribeToAll: (options: Options) => {
            subscription = new Subscription(options)
            return subscription
          },
        }
        const slot = makeClientSlot(() => fake as unknown as GuardedClient, 1_000) // no more is used
        yield* Effect.gen(function* () {
          const feed = yield* openFeed(client, slot, "start", types)
          if (subscription === undefined) throw new Error("it has subscribed")
          yield* body({ feed, subscription, discards: () => discards })
          expect(subscription.unsubscribed).toBe(0)
        }).pipe(Effect.scoped)
        expect(subscription?.unsubscribed).toBe(1)
        expect(subscription?.destroyed).toBe(true)
      }).pipe(Effect.scoped),
    ),
  )
}

const long = 60_000

describe("the feed of a subscription", () => {
  withFeed("gives what is here, in parts as large as is asked for", undefined, (opened) =>
    Effect.gen(function* () {
      const { feed, subscription } = opened
      for (const n of [1, 2, 3]) subscription.event(n)
      expect(yield* feed.wait(long)).toBe("more")
      const first = feed.arrived(2, beginning)
      expect(first.events.map(({ data }) => data)).toEqual([{ at: 1 }, { at: 2 }])
      expect(first).toMatchObject({ position: place(2), more: true })
      const second = feed.arrived(2, first.position)
      expect(second).toMatchObject({ position: place(3), more: false })
      const none = feed.arrived(2, second.position)
      expect(none).toMatchObject({ events: [], position: place(3), more: false })
    }),
  )

  withFeed("takes checkpoints and that it is caught up behind the events before", ["a"], (opened) =>
    Effect.gen(function* () {
      const { feed, subscription } = opened
      subscription.event(1)
      subscription.event(2)
      subscription.checkpoint(90, 80)
      subscription.emit("caughtUp")
      expect(yield* feed.wait(long)).toBe("more")
      const first = feed.arrived(1, beginning)
      expect(first).toMatchObject({ position: place(1), saysCaughtUp: false })
      const rest = feed.arrived(9, first.position)
      expect(rest.events).toHaveLength(1)
      expect(rest).toMatchObject({
        position: positionOf({ commit: 90n, prepare: 80n }),
        saysCaughtUp: true,
      })
    }),
  )

  withFeed("never goes back, nor gives again what has been given", undefined, (opened) =>
    Effect.sync(() => {
      const { feed, subscription } = opened
      for (const n of [4, 5, 6]) subscription.event(n)
      subscription.checkpoint(3)
      const arrived = feed.arrived(9, place(5))
      expect(arrived.events.map(({ data }) => data)).toEqual([{ at: 6 }])
      expect(arrived.position).toBe(place(6))
    }),
  )

  withFeed("leaves out what is not wanted, and goes on past it", ["a"], (opened) =>
    Effect.sync(() => {
      const { feed, subscription } = opened
      subscription.event(1, "a")
      subscription.event(2, "ab") // the server filters by what a type begins with
      const arrived = feed.arrived(9, beginning)
      expect(idsOf(arrived.events)).toHaveLength(1)
      expect(arrived.position).toBe(place(2))
    }),
  )

  withFeed("leaves out what is the server's own", undefined, (opened) =>
    Effect.sync(() => {
      const { feed, subscription } = opened
      subscription.event(1, "$metadata")
      subscription.event(2, "a", "$system")
      expect(feed.arrived(9, beginning)).toMatchObject({ events: [], position: place(2) })
    }),
  )

  withFeed(
    "is quiet where nothing comes, and wakes who waits where something does",
    undefined,
    (o) =>
      Effect.gen(function* () {
        const { feed, subscription } = o
        expect(yield* feed.wait(1)).toBe("quiet")
        const waiting = yield* Effect.forkScoped(feed.wait(long))
        yield* Effect.yieldNow
        subscription.event(1)
        expect(yield* Fiber.join(waiting)).toBe("more")
      }),
  )

  for (const [how, end, stuck] of [
    ["an error", (s: Subscription) => s.emit("error", unavailable), 0],
    ["an error of a client that is stuck", (s: Subscription) => s.emit("error", unheardOf), 1],
    ["an end without an error", (s: Subscription) => s.push(null), 0],
  ] as const) {
    withFeed(
      `gives what has come before it ends with ${how}, and then fails`,
      undefined,
      (opened) =>
        Effect.gen(function* () {
          const { feed, subscription, discards } = opened
          subscription.event(1)
          end(subscription)
          expect(yield* feed.wait(long)).toBe("more")
          const arrived = feed.arrived(9, beginning)
          expect(arrived.events).toHaveLength(1)
          const failure = yield* Effect.flip(feed.wait(long))
          expect(failure).toMatchObject({ does: "retry", stuck: stuck > 0 })
          expect(discards()).toBe(stuck)
          expect(yield* Effect.flip(feed.wait(long))).toEqual(failure)
        }),
    )
  }

  withFeed("fails at once where it was destroyed with something in it", undefined, (opened) =>
    Effect.gen(function* () {
      const { feed, subscription } = opened
      subscription.event(1)
      subscription.destroy()
      expect(yield* Effect.flip(feed.wait(long))).toMatchObject({ does: "retry" })
    }),
  )
})

const unavailable = Object.assign(new Error("no connection"), { type: "unavailable", code: 14 })
const unheardOf = new client.UnknownError(undefined, "nobody has heard of it")
