// An example of a program of your own that takes findings from an EventStoreDB or KurrentDB server. It
// keeps a row for each announcement in a table; put there what you do with one. It needs the client and
// knows nothing of credtrail but the events.
//
//   ALERTS_SERVER='esdb://ops:...@db1:2113?tlsCAFile=ca.crt' npx node sample/alerts/alerts.ts alerts.sqlite
//
// (`npx node` is the Node.js that npm has installed here; older ones do not run TypeScript.)
//
// Start as many as you like: they share the work. End it by any signal, at any moment.
import { setTimeout as sleep } from "node:timers/promises"
import {
  EventStoreDBClient,
  eventTypeFilter,
  PersistentSubscriptionExistsError,
  persistentSubscriptionToAllSettingsFromDefaults,
} from "@eventstore/db-client"
import Sqlite from "better-sqlite3"

const { ALERTS_SERVER: url } = process.env
const [file] = process.argv.slice(2)
if (url === undefined || file === undefined) throw new Error("ALERTS_SERVER and a file are needed")
const client = EventStoreDBClient.connectionString(url)

// #region group
// Once, by a user in $ops or $admins. The server keeps where the group is.
const group = "credtrail-alerts"
await client
  .createPersistentSubscriptionToAll(
    group,
    persistentSubscriptionToAllSettingsFromDefaults({ startFrom: "start" }),
    { filter: eventTypeFilter({ prefixes: ["credential.reuse.detected"] }) },
  )
  .catch((error: unknown) => {
    if (!(error instanceof PersistentSubscriptionExistsError)) throw error
  })
// #endregion

// #region once
// The same event may come again, after a restart of either side: its id is the same for ever.
// Others that share the work write to the same file: each waits for its turn.
const alerts = new Sqlite(file, { timeout: 10_000 })
alerts.pragma("journal_mode = WAL")
alerts.exec(
  "CREATE TABLE IF NOT EXISTS alerts (event TEXT PRIMARY KEY, finding TEXT, version INTEGER, said TEXT)",
)
const keep = alerts.prepare("INSERT OR IGNORE INTO alerts VALUES (?, ?, ?, ?)")
// #endregion

interface Announcement {
  readonly findingId: string
  readonly change: "opened" | "grew"
  readonly version: number
  readonly principal: string
  readonly targetCount: number
}

const announcementIn = (data: unknown): Announcement | undefined =>
  typeof data === "object" && data !== null && "findingId" in data && "version" in data
    ? (data as Announcement) // as the reference of events says
    : undefined

let failures = 0

// #region consume
const consume = async (): Promise<void> => {
  const subscription = client.subscribeToPersistentSubscriptionToAll(group, { bufferSize: 20 })
  try {
    for await (const event of subscription) {
      const announcement = announcementIn(event.event?.data)
      if (event.event === undefined || announcement === undefined) {
        // It will never be understood: out of the way, where somebody can look at it.
        await subscription.nack("park", "it is no announcement", event)
        continue
      }
      const { change, findingId, principal, targetCount, version } = announcement
      const said = `${change}: ${principal} on ${targetCount} targets`
      keep.run(event.event.id, findingId, version, said) // throws while the table cannot be written
      await subscription.ack(event)
      failures = 0
    }
  } finally {
    // Without it the call stays open, with the events that it holds.
    subscription.unsubscribe().catch(() => {})
    subscription.destroy()
  }
}

// The client never subscribes again by itself. What was handed out and not acknowledged comes again.
while (true) {
  await consume().catch((error: unknown) => {
    console.error(`subscribing again: ${error instanceof Error ? error.message : error}`)
  })
  await sleep(Math.min(100 * 2 ** failures++, 30_000))
}
// #endregion
