import {
  type AllStreamSubscription,
  type EventData,
  eventTypeFilter,
  jsonEvent,
  type Position,
  streamNameFilter,
} from "@eventstore/db-client"
import { describe, expect, it } from "vitest"
import type { ServerSettings } from "./ServerSettings.ts"
import { drained, rawEvents, until, withRawClient } from "./withRawClient.ts"

/** What a subscription was told, in the order of its telling. */
const toldBy = (subscription: AllStreamSubscription) => {
  const told: Array<string | bigint> = []
  subscription.on("caughtUp", () => told.push("caught up"))
  subscription.on("error", (error: Error & { readonly type?: string }) =>
    told.push(`error ${error.type}`),
  )
  subscription.on("end", () => told.push("end"))
  subscription.on("data", ({ event }) => told.push(event?.position?.commit ?? "nothing"))
  return told
}

const eventsOf = (told: ReadonlyArray<string | bigint>): ReadonlyArray<bigint> =>
  told.filter((one) => typeof one === "bigint")

/** Reads, and subscriptions from their beginning through their history to the present, and their ends. */
describe("the double, when read and followed", () => {
  it(
    "has events of its own in $all, and positions with gaps, commit and prepare the same",
    withRawClient({}, async (client) => {
      await client.appendToStream("s", rawEvents(5))
      const events = await drained(client.readAll())
      expect(events[0]?.type.startsWith("$")).toBe(true)
      for (const { position } of events) expect(position?.commit).toBe(position?.prepare)
      const commits = events.map(({ position }) => position?.commit ?? 0n)
      expect(commits.every((commit, n) => n === 0 || commit > (commits[n - 1] ?? 0n) + 1n)).toBe(
        true,
      )
    }),
  )

  it(
    "reads from a position on: with the event there forwards, without it backwards",
    withRawClient({}, async (client) => {
      await client.appendToStream("s", rawEvents(5))
      const events = await drained(client.readAll())
      const from = events.at(-2)?.position
      if (from === undefined) throw new Error("events have positions")
      const forwards = await drained(client.readAll({ fromPosition: from }))
      expect(forwards.map(({ revision }) => revision)).toEqual([3n, 4n])
      const backwards = await drained(
        client.readAll({ fromPosition: from, direction: "backwards", maxCount: 2 }),
      )
      expect(backwards.map(({ revision }) => revision)).toEqual([2n, 1n])
      const nowhere = { commit: from.commit + 1n, prepare: from.prepare + 1n }
      await expect(drained(client.readAll({ fromPosition: nowhere }))).rejects.toMatchObject({
        code: 3,
      })
    }),
  )

  it(
    "keeps what $maxAge, $maxCount and truncation take from a stream in $all",
    withRawClient({}, async (client) => {
      await client.appendToStream("s", rawEvents(5))
      await client.setStreamMetadata("s", { maxCount: 2 })
      expect((await drained(client.readStream("s"))).map(({ revision }) => revision)).toEqual([
        3n,
        4n,
      ])
      await client.setStreamMetadata("s", { truncateBefore: 4 })
      expect(await drained(client.readStream("s"))).toHaveLength(1)
      await client.setStreamMetadata("s", { maxAge: 0 })
      expect(await drained(client.readStream("s"))).toHaveLength(0)
      const all = await drained(client.readAll())
      expect(all.filter(({ streamId }) => streamId === "s")).toHaveLength(5)
    }),
  )

  for (const [version, once, again] of [
    ["22.10", 0, 0],
    ["23.10", 1, 1],
    ["24.10", 1, 1],
  ] as const) {
    it(
      `confirms, gives the history, says that it is over as ${version} does, and goes on`,
      withRawClient({ version }, async (client) => {
        await client.appendToStream("s", rawEvents(40))
        const subscription = client.subscribeToAll({
          filter: streamNameFilter({ prefixes: ["s"] }),
        })
        const told = toldBy(subscription)
        await until(() => eventsOf(told).length === 40)
        await client.appendToStream("s", rawEvents(2))
        await until(() => eventsOf(told).length === 42)
        expect(told.filter((one) => one === "caught up")).toHaveLength(once)
        if (once > 0) expect(told.indexOf("caught up")).toBeLessThanOrEqual(40)
        await client.appendToStream("s", rawEvents(2))
        await until(() => eventsOf(told).length === 44)
        expect(told.filter((one) => one === "caught up")).toHaveLength(again)
        await subscription.unsubscribe()
      }),
    )
  }

  it(
    "goes on after the position that it is given, and from the present",
    withRawClient({}, async (client) => {
      const written = await client.appendToStream("s", rawEvents(3))
      const after = client.subscribeToAll({ fromPosition: written.position ?? "start" })
      const present = client.subscribeToAll({ fromPosition: "end" })
      const [toldAfter, toldPresent] = [toldBy(after), toldBy(present)]
      await until(() => toldAfter.includes("caught up") && toldPresent.includes("caught up"))
      await client.appendToStream("s", rawEvents(1))
      await until(() => eventsOf(toldAfter).length === 1 && eventsOf(toldPresent).length === 1)
      await after.unsubscribe()
      await present.unsubscribe()
    }),
  )

  it(
    "tells how far a filter is after each window of events looked at, also of those not wanted",
    withRawClient({}, async (client, server) => {
      await client.appendToStream("s", rawEvents(100, "unwanted"))
      const checkpoints: Array<Position> = []
      const subscription = client.subscribeToAll({
        filter: eventTypeFilter({
          regex: "^wanted$",
          checkpointReached: (_, position) => {
            checkpoints.push(position)
          },
        }),
      })
      const told = toldBy(subscription)
      await until(() => told.includes("caught up"))
      const looked = [31, 63, 95].map((n) => BigInt(server.log.records[n]?.commit ?? 0))
      expect(checkpoints.map(({ commit }) => commit)).toEqual(looked)
      await client.appendToStream("s", jsonEvent({ type: "wanted", data: {} }))
      await until(() => eventsOf(told).length === 1)
      await subscription.unsubscribe()
    }),
  )

  it(
    "can give a checkpoint with the commit position of an event that has yet to come",
    withRawClient({}, async (client, server) => {
      server.faults.earlyCheckpoints = true
      await client.appendToStream("s", rawEvents(60, "unwanted"))
      await client.appendToStream("s", rawEvents(1, "wanted"))
      const checkpoints: Array<Position> = []
      const filter = eventTypeFilter({
        prefixes: ["wanted"],
        checkpointReached: (_: unknown, position: Position) => {
          checkpoints.push(position)
        },
      })
      const first = client.subscribeToAll({ filter })
      const told = toldBy(first)
      await until(() => eventsOf(told).length === 1)
      await first.unsubscribe()
      const [checkpoint] = checkpoints
      if (checkpoint === undefined) throw new Error("there was a checkpoint")
      expect(checkpoint.commit).toBe(eventsOf(told)[0])
      expect(checkpoint.prepare).toBeLessThan(checkpoint.commit)
      // With both numbers nothing is lost; with the commit position for both, the event is.
      const both = client.subscribeToAll({ fromPosition: checkpoint, filter })
      const one = client.subscribeToAll({
        fromPosition: { commit: checkpoint.commit, prepare: checkpoint.commit },
        filter,
      })
      const [toldBoth, toldOne] = [toldBy(both), toldBy(one)]
      await until(() => eventsOf(toldBoth).length === 1 && toldOne.includes("caught up"))
      expect(eventsOf(toldOne)).toHaveLength(0)
      await both.unsubscribe()
      await one.unsubscribe()
    }),
  )

  it(
    "ends subscriptions with an error, as if all were well, or not at all",
    withRawClient({}, async (client, server) => {
      const told = toldBy(client.subscribeToAll())
      await until(() => told.includes("caught up"))
      server.endSubscriptions("end")
      await until(() => told.includes("end"))
      expect(told.some((one) => String(one).startsWith("error"))).toBe(false)

      const failed = toldBy(client.subscribeToAll())
      await until(() => failed.includes("caught up"))
      server.endSubscriptions({ kind: "timeout", of: "Consumer too slow" })
      await until(() => failed.includes("error timeout"))
      expect(failed.includes("end")).toBe(false)

      const silent = toldBy(client.subscribeToAll())
      await until(() => silent.includes("caught up"))
      const before = silent.length
      server.endSubscriptions("silence")
      const other = toldBy(client.subscribeToAll())
      await client.appendToStream("s", rawEvents(1))
      await until(() => other.length > before)
      expect(silent).toHaveLength(before)
      expect(server.traffic.open("subscription")).toBe(2)
    }),
  )

  it(
    "sends no more than a reader takes",
    withRawClient({}, async (client, server) => {
      const big = (): Array<EventData> =>
        Array.from({ length: 400 }, () => jsonEvent({ type: "a", data: "x".repeat(2_000) }))
      for (let n = 0; n < 5; n++) await client.appendToStream("s", big())
      const read = client.readStream("s")
      for await (const _ of read) {
        await client.appendToStream("other", rawEvents(1))
        break
      }
      await client.appendToStream("other", rawEvents(1))
      expect(server.traffic.eventsSent).toBeLessThan(400)
      expect(server.traffic.open("read")).toBe(1) // leaving the loop has told the server nothing
      await read.cancel()
      await until(() => server.traffic.open("read") === 0)
    }),
  )

  const slow: ReadonlyArray<readonly [ServerSettings["version"], boolean]> = [
    ["23.10", true],
    ["24.10", false],
  ]
  for (const [version, drops] of slow) {
    it(
      `${drops ? "drops" : "goes back to the history for"} a live consumer that is too slow, as ${version}`,
      withRawClient({ version }, async (client, server) => {
        const subscription = client.subscribeToAll({
          filter: streamNameFilter({ prefixes: ["s"] }),
        })
        let failed = ""
        let caughtUp = 0
        subscription.on("error", (error: Error & { readonly type?: string }) => {
          failed = error.type ?? ""
        })
        subscription.on("caughtUp", () => caughtUp++)
        let release = (): void => {}
        const held = new Promise<void>((resolve) => {
          release = resolve
        })
        let received = 0
        subscription.once("data", () => {
          subscription.pause()
          void held.then(() => {
            subscription.on("data", () => received++)
            subscription.resume()
          })
        })
        await until(() => caughtUp === 1)
        const big = (): Array<EventData> =>
          Array.from({ length: 200 }, () => jsonEvent({ type: "a", data: "x".repeat(4_000) }))
        for (let n = 0; n < 8; n++) await client.appendToStream("s", big())
        release()
        if (drops) await until(() => failed === "timeout")
        else {
          await until(() => received === 1_599)
          expect(failed).toBe("")
          await until(() => caughtUp === 2)
        }
        await subscription.unsubscribe()
        expect(server.traffic.calls("subscription")).toBe(1)
      }),
    )
  }
})
