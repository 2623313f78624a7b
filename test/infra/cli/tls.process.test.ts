import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../support/eventstoredb/certificate.ts"
import type { ServerSettings } from "../../support/eventstoredb/ServerSettings.ts"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { eventually } from "../../support/eventually.ts"
import { type Ended, runCredtrail, startCredtrail } from "../ingest/runCredtrail.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { temporary, writeLines } from "./credtrail.ts"

// Processes of their own against doubles in this one, on a machine that may have a lot to do.
const patience = 240_000

const directory = temporary()
const password = "hunter2:%@/?"
const users = [{ name: "ops", password, admin: true }]
const inEnvironment = {
  CREDTRAIL_EVENTSTORE_USER: "ops",
  CREDTRAIL_EVENTSTORE_PASSWORD: password,
}
const log = writeLines(
  join(directory, "opencanary.log"),
  ["gate-1", "gate-2"].map((decky) => canaryLogin({ decky, password: "tulip" })),
)
const servers: Array<TestServer> = []
const start = async (settings: Partial<ServerSettings>): Promise<TestServer> => {
  const server = await TestServer.start({ tls: true, users, ...settings })
  servers.push(server)
  return server
}
const trusting = (server: TestServer, ca = server.certificate?.file ?? ""): string =>
  `${server.connectionString}&tlsCAFile=${ca}&discoveryInterval=10`

let stranger = ""
const strangers: Array<() => void> = []
let single: TestServer

/** Everything that was printed by any of the commands. */
let printed = ""

const credtrail = async (
  command: ReadonlyArray<string>,
  url: string,
  env: Readonly<Record<string, string>> = inEnvironment,
  data = "data",
): Promise<Ended> => {
  const ended = await Effect.runPromise(
    runCredtrail([...command, "--data", join(directory, data)], {
      env: { CREDTRAIL_EVENTSTORE_URL: url, ...env },
    }),
  )
  printed += ended.output + ended.errors
  return ended
}

beforeAll(async () => {
  const { file, removeFile } = await makeCertificate()
  stranger = file
  strangers.push(removeFile)
  single = await start({})
  const { code, errors } = await credtrail(["ingest", log], trusting(single))
  if (code !== 0) throw new Error(errors)
}, patience)

afterAll(async () => {
  for (const remove of strangers) remove()
  await Promise.all(servers.map((server) => server.stop()))
})

interface Actor {
  readonly name: string
  readonly state: string
  readonly error?: string
}

describe("over TLS", () => {
  it(
    "a CA from a file and credentials from the environment are all it takes",
    async () => {
      const more = writeLines(join(directory, "more.log"), [canaryLogin({ password: "rose" })])
      expect(await credtrail(["ingest", more], trusting(single))).toMatchObject({ code: 0 })
      const status = await credtrail(["status", "--json"], trusting(single))
      expect(JSON.parse(status.output).log).toMatchObject({ answers: true })
    },
    patience,
  )

  it(
    "a user may log on with a certificate",
    async () => {
      const server = await start({ userCertificates: true })
      const files = await server.certificate?.makeUser("ops")
      const url = `${trusting(server)}&userCertFile=${files?.cert}&userKeyFile=${files?.key}`
      const ingest = ["ingest", log]
      expect(await credtrail(ingest, url, {}, "certified")).toMatchObject({ code: 0 })
      const without = await credtrail(ingest, trusting(server), inEnvironment, "certified")
      expect(without.errors).toMatch(/it does not take the certificate .* or wants one: name/)
      expect(without.code).toBe(5)
    },
    patience,
  )

  it.each([
    ["a node", 1],
    ["a cluster", 3],
  ])(
    "%s from another CA is not talked to, nor waited for",
    async (_, nodes) => {
      const server = nodes === 1 ? single : await start({ nodes })
      for (const command of [["ingest", log], ["run"], ["tail", ">"]]) {
        const { code, errors } = await credtrail(command, trusting(server, stranger))
        expect(errors, command[0]).toMatch(
          /its certificate is from no CA that is trusted here: name the CA with tlsCAFile/,
        )
        expect(code).toBe(5)
        expect(errors).not.toMatch(/waiting/)
      }
    },
    patience,
  )

  it(
    "status and findings show what had been read, and say what is wrong",
    async () => {
      const status = await credtrail(["status"], trusting(single, stranger))
      expect(status.output).toMatch(
        /^log +eventstoredb, \S+, which does not answer\n .*its certificate is from no CA/,
      )
      const findings = await credtrail(["findings"], trusting(single, stranger))
      expect(findings.errors).toMatch(
        /^warning: cannot reach the event log's server: .*its certificate is from no CA/,
      )
      expect([status.code, findings.code]).toEqual([0, 0])
    },
    patience,
  )

  it(
    "a certificate that has expired, or is for another name, is said to be so",
    async () => {
      const expired = await start({ certificate: { validTo: new Date(Date.now() - 3_600_000) } })
      const elsewhere = await start({ certificate: { names: ["db.example"] } })
      const cases = [
        [expired, /its certificate has expired: renew it/],
        [elsewhere, /its certificate is for other names: .*db\.example/],
      ] as const
      for (const [server, told] of cases) {
        const { code, errors } = await credtrail(["ingest", log], trusting(server))
        expect(errors).toMatch(told)
        expect(code).toBe(5)
      }
    },
    patience,
  )

  it(
    "a server without TLS is said to be so",
    async () => {
      const plain = await start({ tls: false, users: [] })
      const url = plain.connectionString.replace("tls=false", "tls=true")
      const { code, errors } = await credtrail(["ingest", log], url)
      expect(errors).toMatch(/it speaks no TLS there: say tls=false/)
      expect(code).toBe(5)
    },
    patience,
  )

  it(
    "a service that runs waits until a server can be trusted again, and says so",
    async () => {
      const impostor = await start({})
      let current = single
      const wire = createServer((outer) => {
        const inner = connect(current.nodes[0]?.link.endpoint.port ?? 0, "127.0.0.1")
        sockets.add(outer)
        for (const socket of [outer, inner]) {
          socket.on("error", () => {})
          socket.on("close", () => {
            outer.destroy()
            inner.destroy()
            sockets.delete(outer)
          })
        }
        outer.pipe(inner).pipe(outer)
      })
      const sockets = new Set<Socket>()
      const turnTo = (server: TestServer): void => {
        current = server
        for (const socket of sockets) socket.destroy()
      }
      wire.listen(0, "127.0.0.1")
      await once(wire, "listening")
      const address = wire.address()
      const port = typeof address === "object" ? address?.port : undefined
      const url = trusting(single).replace(/localhost:\d+/, `localhost:${port}`)
      const data = ["--data", join(directory, "data")]
      const env = { CREDTRAIL_EVENTSTORE_URL: url, ...inEnvironment }
      const actors = async (): Promise<ReadonlyArray<Actor>> => {
        const status = await credtrail(["status", "--json"], url)
        const { processes } = JSON.parse(status.output)
        return processes.flatMap((process: { actors: ReadonlyArray<Actor> }) => process.actors)
      }
      const untilActors = (isSo: (all: ReadonlyArray<Actor>) => boolean) =>
        eventually(Effect.map(Effect.promise(actors), isSo)).pipe(Effect.timeout("100 seconds"))
      await Effect.runPromise(
        Effect.scoped(
          Effect.gen(function* () {
            const running = yield* startCredtrail(["run", ...data], { env })
            yield* untilActors((all) => all.some(({ state }) => state === "live"))
            turnTo(impostor)
            yield* untilActors((all) =>
              all.some(
                ({ name, state, error }) =>
                  name === "credential-reuse" &&
                  state === "backingOff" &&
                  /its certificate is from no CA that is trusted here/.test(error ?? ""),
              ),
            )
            turnTo(single)
            yield* untilActors((all) =>
              all.some(({ name, state }) => name === "credential-reuse" && state === "live"),
            )
            printed += running.output() + running.errors()
          }),
        ),
      )
      wire.close()
    },
    patience,
  )

  it(
    "a wrong password ends the start, and is not told",
    async () => {
      const wrong = { ...inEnvironment, CREDTRAIL_EVENTSTORE_PASSWORD: "swordfish" }
      for (const command of [["ingest", log], ["run"]]) {
        const { code, errors } = await credtrail(command, trusting(single), wrong)
        expect(errors).toMatch(/it denies access: give a user and password/)
        expect(code).toBe(5)
        expect(errors).not.toContain("swordfish")
      }
    },
    patience,
  )

  it(
    "no password is printed, or kept in the data directory, by any of this",
    async () => {
      const inAddress = trusting(single).replace("://", `://ops:${encodeURIComponent(password)}@`)
      await credtrail(["findings"], inAddress, {})
      await credtrail(["ingest", log, "--log-level", "all"], inAddress, { DEBUG: "esdb:*" })
      await credtrail(["doctor", "--json"], inAddress, {})
      await credtrail(["status"], `${inAddress}&nonsense=1`, {})
      await credtrail(["run"], trusting(single, stranger).replace("://", "://ops:hunter2@"), {})
      const kept = readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name, parentPath }) => readFileSync(join(parentPath, name), "latin1"))
        .join("\n")
      const secret = ["hunter2", encodeURIComponent(password)]
      const coded = [password, `ops:${password}`].map((text) =>
        Buffer.from(text).toString("base64"),
      )
      for (const text of [...secret, ...coded, "PRIVATE KEY"]) {
        expect(printed).not.toContain(text)
        expect(kept).not.toContain(text)
      }
      expect(printed).not.toBe("")
    },
    patience,
  )
})
