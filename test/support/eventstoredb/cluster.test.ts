import { EventStoreDBClient } from "@eventstore/db-client"
import { describe, expect, it } from "vitest"
import { TestServer } from "./TestServer.ts"
import { appendError, drained, rawEvents, unary, until, withRawClient } from "./withRawClient.ts"

const nodeOf = (server: TestServer, index: number): EventStoreDBClient => {
  const endpoint = server.nodes[index]?.link.endpoint
  return EventStoreDBClient.connectionString(`esdb://${endpoint?.host}:${endpoint?.port}?tls=false`)
}

/** Nodes that find each other a leader, wires that break, and who may do what. */
describe("the double, as a cluster", () => {
  it(
    "leads clients to its leader, wherever they begin",
    withRawClient({ nodes: 3 }, async (client, server) => {
      server.lead(2)
      await client.appendToStream("s", rawEvents(1))
      expect(server.traffic.calls("gossip")).toBeGreaterThan(0)
      expect(server.nodes.map((node) => node.link.connections)).toEqual([0, 0, 1])
    }),
  )

  it(
    "passes a follower's writes on, unless the caller insists on the leader, whom it then names",
    withRawClient({ nodes: 2 }, async (_, server) => {
      const follower = nodeOf(server, 1)
      await follower.appendToStream("s", rawEvents(1), unary)
      const refused = await follower
        .appendToStream("s", rawEvents(1), { ...unary, requiresLeader: true })
        .catch((error: unknown) => error)
      expect(refused).toMatchObject({
        type: "not-leader",
        leader: { address: "127.0.0.1", port: server.nodes[0]?.link.endpoint.port },
      })
      await follower.dispose()
    }),
  )

  it(
    "ends the whole stream of appends where one is refused as not for the leader",
    withRawClient({ nodes: 2 }, async (_, server) => {
      const follower = nodeOf(server, 1)
      const answers = await Promise.all(
        ["s", "t"].map((stream) =>
          follower
            .appendToStream(stream, rawEvents(1), { requiresLeader: true })
            .catch((error: unknown) => error),
        ),
      )
      expect(answers[0]).toMatchObject({ type: "not-leader" })
      await follower.dispose()
    }),
  )

  it(
    "takes no writes while it elects, and has no leader to tell of",
    withRawClient({ nodes: 3 }, async (_, server) => {
      const node = nodeOf(server, 0)
      server.loseLeader()
      expect(await appendError(node, "s", rawEvents(1), unary)).toMatchObject({
        type: "unavailable",
      })
      await expect(drained(node.readAll({ requiresLeader: true }))).rejects.toMatchObject({
        message: expect.stringContaining("No leader info"),
      })
      server.lead(1)
      await node.appendToStream("s", rawEvents(1), unary)
      await node.dispose()
    }),
  )

  it(
    "is there again after it was down, with what was written",
    withRawClient({}, async (client, server) => {
      await client.appendToStream("s", rawEvents(2))
      await server.down()
      expect(await appendError(client, "s", rawEvents(1), unary)).toMatchObject({
        type: "unavailable",
      })
      await server.up()
      expect(await drained(client.readStream("s"))).toHaveLength(2)
    }),
  )

  it(
    "lets nothing pass while it is frozen, and what was held up afterwards",
    withRawClient({}, async (client, server) => {
      await client.appendToStream("s", rawEvents(1))
      server.freeze()
      let settled = false
      const frozen = client.appendToStream("s", rawEvents(1)).then(() => {
        settled = true
      })
      const other = await TestServer.start()
      const elsewhere = EventStoreDBClient.connectionString(other.connectionString)
      await elsewhere.appendToStream("s", rawEvents(1), unary)
      await elsewhere.dispose()
      await other.stop()
      expect(settled).toBe(false)
      expect(server.traffic.appends).toBe(1)
      server.thaw()
      await frozen
    }),
  )

  it(
    "lets a call wait while all places on its connection are taken",
    withRawClient({ maxStreams: 2 }, async (client, server) => {
      const [one, two] = [client.subscribeToAll(), client.subscribeToAll()]
      await until(() => server.traffic.open("subscription") === 2)
      await until(() => one.id !== undefined && two.id !== undefined)
      const waiting = drained(client.readAll()).catch(() => undefined)
      await client.readStream("s").cancel()
      expect(server.traffic.calls("read")).toBe(0)
      await one.unsubscribe()
      await waiting
      await two.unsubscribe()
    }),
  )

  it("asks who is there over TLS, and lets only administrators see everything", async () => {
    const server = await TestServer.start({
      tls: true,
      users: [
        { name: "writer", password: "secret", admin: false },
        { name: "admin", password: "changeit", admin: true },
      ],
    })
    const clientOf = (who: string): EventStoreDBClient =>
      EventStoreDBClient.connectionString(
        `${server.connectionString.replace("://", `://${who}`)}&tlsCAFile=${server.certificate?.file}`,
      )
    const clients = ["", "writer:wrong@", "writer:secret@", "admin:changeit@"].map(clientOf)
    const outcomes = []
    for (const client of clients) {
      const append = await client
        .appendToStream("s", rawEvents(1), { expectedRevision: "any" })
        .then(
          () => "written",
          (error: { readonly type?: string }) => error.type,
        )
      const all = await drained(client.readAll({ maxCount: 1 })).then(
        () => "read",
        (error: { readonly type?: string }) => error.type,
      )
      outcomes.push([append, all])
      await client.dispose()
    }
    await server.stop()
    expect(outcomes).toEqual([
      ["access-denied", "access-denied"],
      ["access-denied", "access-denied"],
      ["written", "access-denied"],
      ["written", "read"],
    ])
  })
})
