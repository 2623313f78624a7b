import {
  type AppendExpectedRevision,
  type EventData,
  EventStoreDBClient,
  type EventType,
  jsonEvent,
  type ResolvedEvent,
} from "@eventstore/db-client"
import * as Effect from "effect/Effect"
import { eventually } from "../eventually.ts"
import type { ServerSettings } from "./ServerSettings.ts"
import { TestServer } from "./TestServer.ts"

/** A test of the double, looked at through the client alone, without anything of ours. */
export const withRawClient =
  (
    settings: Partial<ServerSettings>,
    body: (client: EventStoreDBClient, server: TestServer) => Promise<void>,
  ): (() => Promise<void>) =>
  async () => {
    const server = await TestServer.start(settings)
    const client = EventStoreDBClient.connectionString(server.connectionString)
    try {
      await body(client, server)
    } finally {
      // Where the server has ended a stream of appends, the client waits for ever for its other end.
      void client.dispose()
      await server.stop()
    }
  }

/** Credentials of a call make the client use the append that has a deadline and no shared stream. */
export const unary = { credentials: { username: "nobody", password: "" } }

export const rawEvents = (count: number, type = "a"): Array<EventData> =>
  Array.from({ length: count }, (_, n) => jsonEvent({ type, data: { n } }))

/** Appends, and answers the error that comes of it. */
export const appendError = (
  client: EventStoreDBClient,
  stream: string,
  events: Array<EventData>,
  options: { expectedRevision?: AppendExpectedRevision } & Partial<typeof unary> = {},
): Promise<unknown> =>
  client.appendToStream(stream, events, options).then(
    () => "no error",
    (error: unknown) => error,
  )

/** All events of a read, and nothing left open. */
export const drained = async (
  read: AsyncIterable<ResolvedEvent<EventType>>,
): Promise<ReadonlyArray<NonNullable<ResolvedEvent["event"]>>> => {
  const events = []
  for await (const { event } of read) if (event !== undefined) events.push(event)
  return events
}

/** Waits until something is so. */
export const until = (isSo: () => boolean): Promise<void> =>
  Effect.runPromise(eventually(Effect.sync(isSo)))
