import {
  eventTypeFilter,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
} from "@eventstore/db-client"
import { describe, expect, it } from "vitest"
import { rawEvents, until, withRawClient } from "./withRawClient.ts"

describe("the double, with persistent subscriptions", () => {
  it(
    "gives each event to one of a group, again where it fails, and what nobody finished to the next",
    withRawClient({}, async (client, server) => {
      await client.appendToStream("s", rawEvents(4))
      await client.createPersistentSubscriptionToStream(
        "s",
        "workers",
        persistentSubscriptionToStreamSettingsFromDefaults({ startFrom: "start" }),
      )
      const first = client.subscribeToPersistentSubscriptionToStream("s", "workers", {
        bufferSize: 2,
      })
      const seen: Array<string> = []
      for await (const event of first) {
        seen.push(`${event.event?.revision}/${event.retryCount}`)
        if (seen.length === 1) await first.ack(event)
        if (seen.length === 2) await first.nack("retry", "not now", event)
        if (seen.length === 4) break
      }
      // Those that failed go before those that nobody has had.
      expect(seen).toEqual(["0/0", "1/0", "2/0", "1/1"])
      await first.unsubscribe()
      await until(() => server.traffic.open("persistent") === 0)
      const next = client.subscribeToPersistentSubscriptionToStream("s", "workers")
      const rest = new Set<bigint | undefined>()
      for await (const event of next) {
        rest.add(event.event?.revision)
        await next.ack(event)
        if (rest.size === 3) break
      }
      expect([...rest].toSorted()).toEqual([1n, 2n, 3n])
      await next.unsubscribe()
    }),
  )

  it(
    "follows everything by a filter, from now on, and parks what it is told to",
    withRawClient({}, async (client, server) => {
      await client.appendToStream("s", rawEvents(2, "wanted"))
      await client.createPersistentSubscriptionToAll(
        "group",
        persistentSubscriptionToAllSettingsFromDefaults({ startFrom: "end" }),
        { filter: eventTypeFilter({ prefixes: ["wanted"] }) },
      )
      const subscription = client.subscribeToPersistentSubscriptionToAll("group")
      await client.appendToStream("s", rawEvents(1, "other"))
      await client.appendToStream("s", rawEvents(1, "wanted"))
      for await (const event of subscription) {
        expect(event.event?.revision).toBe(3n)
        await subscription.nack("park", "no", event)
        break
      }
      await until(() => [...server.groups.values()].some(({ parked }) => parked.length === 1))
      await subscription.unsubscribe()
    }),
  )

  it(
    "says so where there is a group already, and where there is none",
    withRawClient({}, async (client) => {
      const settings = persistentSubscriptionToStreamSettingsFromDefaults()
      await client.createPersistentSubscriptionToStream("s", "g", settings)
      await expect(
        client.createPersistentSubscriptionToStream("s", "g", settings),
      ).rejects.toMatchObject({ type: "persistent-subscription-exists" })
      await client.deletePersistentSubscriptionToStream("s", "g")
      await expect(client.deletePersistentSubscriptionToStream("s", "g")).rejects.toMatchObject({
        type: "persistent-subscription-does-not-exist",
      })
    }),
  )
})
