import { request } from "node:http"
import { request as requestTls } from "node:https"
import { EventStoreDBClient } from "@eventstore/db-client"
import { describe, expect, it } from "vitest"
import type { ServerSettings } from "./ServerSettings.ts"
import { TestServer } from "./TestServer.ts"
import { drained, rawEvents } from "./withRawClient.ts"

interface Answer {
  readonly status: number | undefined
  readonly date: string | undefined
  readonly body: unknown
}

const ask = (server: TestServer, path: string, user?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const options = {
      host: "localhost",
      family: 4,
      port: server.nodes[0]?.link.endpoint.port,
      path,
      agent: false as const,
      ...(user === undefined ? {} : { auth: user }),
      ...(server.certificate === undefined ? {} : { ca: server.certificate.cert }),
    }
    const sent = (server.certificate === undefined ? request : requestTls)(options, (response) => {
      let text = ""
      response.setEncoding("utf8").on("data", (more: string) => {
        text += more
      })
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          date: response.headers.date,
          body: JSON.parse(text),
        }),
      )
    })
    sent.on("error", reject).end()
  })

const withServer = async (
  settings: Partial<ServerSettings>,
  body: (server: TestServer) => Promise<void>,
): Promise<void> => {
  const server = await TestServer.start(settings)
  try {
    await body(server)
  } finally {
    await server.stop()
  }
}

describe("the double, asked over HTTP", () => {
  it.each([false, true])("answers at the port of its streams (TLS: %s)", (tls) =>
    withServer({ tls, nodes: 2 }, async (server) => {
      expect(await ask(server, "/info")).toMatchObject({
        status: 200,
        body: { esVersion: "24.10.0.0", state: "leader", features: { projections: false } },
      })
      expect(await ask(server, "/gossip")).toMatchObject({
        body: { members: [{ state: "Leader" }, { state: "Follower", isAlive: true }] },
      })
      const ca = tls ? `&tlsCAFile=${server.certificate?.file}` : ""
      const client = EventStoreDBClient.connectionString(`${server.connectionString}${ca}`)
      await client.appendToStream("s", rawEvents(3))
      expect(await drained(client.readStream("s"))).toHaveLength(3)
      await client.dispose()
      expect(await ask(server, "/elsewhere")).toMatchObject({ status: 404 })
    }),
  )

  it("tells its options to administrators alone, and its projections to who logs on", () =>
    withServer(
      {
        tls: true,
        users: [
          { name: "admin", password: "changeit", admin: true },
          { name: "reader", password: "secret", admin: false },
        ],
        projections: { $by_category: "Running" },
      },
      async (server) => {
        const statuses = async (path: string) =>
          Promise.all(
            [undefined, "reader:wrong", "reader:secret", "admin:changeit"].map(
              async (user) => (await ask(server, path, user)).status,
            ),
          )
        expect(await statuses("/info")).toEqual([200, 200, 200, 200])
        expect(await statuses("/info/options")).toEqual([401, 401, 401, 200])
        expect(await statuses("/projections/continuous")).toEqual([401, 401, 200, 200])
        expect(await ask(server, "/info/options", "admin:changeit")).toMatchObject({
          body: [{ name: "MaxAppendSize", value: "1048576" }],
        })
      },
    ))

  it("has a clock of its own", () =>
    withServer({ clockSkew: 3_600_000 }, async (server) => {
      const { date = "" } = await ask(server, "/info")
      expect(Date.parse(date) - Date.now()).toBeGreaterThan(3_500_000)
    }))

  it("takes users by their certificates, where it asks for them", () =>
    withServer(
      {
        tls: true,
        userCertificates: true,
        users: [
          { name: "admin", password: "", admin: true },
          { name: "writer", password: "", admin: false },
        ],
      },
      async (server) => {
        const outcome = async (name: string): Promise<string> => {
          const files = await server.certificate?.makeUser(name)
          const own = `userCertFile=${files?.cert}&userKeyFile=${files?.key}`
          const client = EventStoreDBClient.connectionString(
            `${server.connectionString}&tlsCAFile=${server.certificate?.file}&${own}`,
          )
          const read = await drained(client.readAll({ maxCount: 1 })).then(
            () => "read",
            (error: { readonly type?: string }) => error.type ?? "",
          )
          await client.dispose()
          return read
        }
        expect(await outcome("admin")).toBe("read")
        expect(await outcome("writer")).toBe("access-denied")
        expect(await outcome("nobody")).toBe("access-denied")
      },
    ))
})
