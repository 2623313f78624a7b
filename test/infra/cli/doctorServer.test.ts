import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { makeCertificate } from "../../support/eventstoredb/certificate.ts"
import type { ServerSettings } from "../../support/eventstoredb/ServerSettings.ts"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

// The servers are doubles in this process, and the machine may have a lot to do.
const patience = 240_000
const day = 24 * 3_600_000

const directory = temporary()
const ops = { name: "ops", password: "hunter2", admin: true }
const servers: Array<TestServer> = []
const strangers: Array<() => void> = []

const start = async (settings: Partial<ServerSettings> = {}): Promise<TestServer> => {
  const server = await TestServer.start({ tls: true, users: [ops], ...settings })
  servers.push(server)
  return server
}

afterAll(async () => {
  for (const remove of strangers) remove()
  await Promise.all(servers.map((server) => server.stop()))
})

const addressOf = (server: TestServer, { user = "ops", ca = server.certificate?.file } = {}) => {
  const url = `${server.connectionString}&discoveryInterval=10&defaultDeadline=2000`
  return server.settings.tls ? `${url.replace("://", `://${user}:hunter2@`)}&tlsCAFile=${ca}` : url
}

let data = ""
let made = 0

interface Found {
  readonly check: string
  readonly verdict: string
  readonly said: string
  readonly remedy?: string
}

const examine = async (url: string, place = data) => {
  const { code, stdout, stderr } = await credtrail(
    ...["doctor", "--json", "--data", place, "--eventstore", url],
  )
  expect(stdout + stderr).not.toContain("hunter2")
  const { findings } = JSON.parse(stdout) as { findings: ReadonlyArray<Found> }
  const found = (check: string | RegExp): Found | undefined =>
    findings.find((one) =>
      typeof check === "string" ? one.check === check : check.test(one.check),
    )
  return { code, findings, found }
}

/** A data directory whose log is on this server. */
const madeFrom = async (server: TestServer): Promise<string> => {
  const place = join(directory, `data-${made++}`)
  const log = writeLines(join(directory, `${made}.log`), [
    canaryLogin({ password: "p".repeat(8 * made) }),
  ])
  await answer("ingest", log, "--data", place, "--eventstore", addressOf(server))
  return place
}

let healthy: TestServer

beforeAll(async () => {
  healthy = await start({ nodes: 3 })
  data = await madeFrom(healthy)
}, patience)

describe("credtrail doctor, of a server", () => {
  it("finds nothing where all is well, and writes nothing", async () => {
    const before = healthy.log.records.length
    const { findings, code } = await examine(addressOf(healthy))
    const unusual = findings.filter(
      ({ check, verdict }) => verdict !== "ok" && !["disk", "privacy"].includes(check),
    )
    expect(unusual).toEqual([])
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        ...["server", "append", "version", "clock", "append limit", "projections", "cluster"],
        ...["belongs to log", "vectors"],
      ]),
    )
    expect(findings.filter(({ check }) => check.startsWith("tls "))).toHaveLength(3)
    expect(code).toBe(0)
    expect(healthy.log.records).toHaveLength(before)
  })

  it(
    "says what is wrong with a certificate: its CA, its name, its end",
    async () => {
      const { file, removeFile } = await makeCertificate()
      strangers.push(removeFile)
      const wrong = await examine(addressOf(healthy, { ca: file }))
      expect(wrong.found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: expect.stringMatching(/from no CA that is trusted here/),
        remedy: expect.stringMatching(/name the CA with tlsCAFile/),
      })
      expect(wrong.code).toBe(1)
      const elsewhere = await start({ certificate: { names: ["db.example"] } })
      expect((await examine(addressOf(elsewhere))).found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: "its certificate is for other names",
      })
      const expired = await start({ certificate: { validTo: new Date(Date.now() - day) } })
      expect((await examine(addressOf(expired))).found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: "its certificate has expired",
      })
      const ending = await start({ certificate: { validTo: new Date(Date.now() + 10.5 * day) } })
      const ends = await examine(addressOf(ending))
      expect(ends.found(/^tls /)).toMatchObject({
        verdict: "warning",
        said: expect.stringMatching(/is valid until \d{4}-\d\d-\d\d, 10 days from now$/),
      })
    },
    patience,
  )

  it(
    "says that the address and the server differ in whether there is TLS",
    async () => {
      const without = healthy.connectionString.replace(/,.*\?.*/, "?tls=false&defaultDeadline=300")
      expect((await examine(without)).found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: "it speaks TLS, and the address says tls=false",
      })
      const plain = await start({ tls: false, users: [] })
      const needless = plain.connectionString.replace("tls=false", "tls=true")
      expect((await examine(needless)).found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: "it speaks no TLS there",
      })
    },
    patience,
  )

  it(
    "looks at the certificate of the user as well",
    async () => {
      const server = await start({ userCertificates: true })
      const certified = async (validTo?: Date) => {
        const files = await server.certificate?.makeUser("ops", validTo)
        const own = `&userCertFile=${files?.cert}&userKeyFile=${files?.key}`
        const url = `${addressOf(server).replace(/\/\/.*@/, "//")}${own}`
        return (await examine(url)).found("user certificate")
      }
      expect(await certified()).toMatchObject({ verdict: "ok" })
      expect(await certified(new Date(Date.now() + 2.5 * day))).toMatchObject({
        verdict: "warning",
      })
      expect(await certified(new Date(Date.now() - 2.5 * day))).toMatchObject({
        verdict: "problem",
      })
      expect((await examine(addressOf(server))).found(/^tls /)).toMatchObject({
        verdict: "problem",
        said: expect.stringMatching(/does not take the certificate that it is shown, or wants one/),
      })
    },
    patience,
  )

  it(
    "tells who may not read everything, and who may not append",
    async () => {
      const server = await start({
        users: [
          { name: "reader", password: "hunter2", admin: true, mayAppend: false },
          { name: "writer", password: "hunter2", admin: false },
        ],
      })
      const before = server.log.records.length
      const reader = await examine(addressOf(server, { user: "reader" }))
      expect(reader.found("server")).toMatchObject({ verdict: "ok" })
      expect(reader.found("append")).toMatchObject({
        verdict: "problem",
        remedy: expect.stringMatching(/give a user that may .* append/),
      })
      const writer = await examine(addressOf(server, { user: "writer" }))
      expect(writer.found("server")).toMatchObject({
        verdict: "problem",
        remedy: expect.stringMatching(/give a user that may read \$all/),
      })
      expect(writer.found("append limit")).toMatchObject({
        verdict: "unknown",
        said: expect.stringMatching(/only members of \$admins and \$ops may ask/),
      })
      const nobody = await examine(addressOf(server, { user: "nobody" }))
      expect(nobody.found("server")).toMatchObject({ verdict: "problem" })
      expect(server.log.records).toHaveLength(before)
    },
    patience,
  )

  it.each([
    ["20.10.5", "problem", /older than 22\.10/],
    ["22.10.0", "ok", /version 22\.10\.0$/],
    ["26.1.0", "ok", /version 26\.1\.0$/],
    ["27.0.1", "unknown", /newer than what is known/],
    ["nightly", "unknown", /calls itself nightly/],
  ])("judges version %s", async (saysVersion, verdict, said) => {
    const { found } = await examine(addressOf(await start({ saysVersion })))
    expect(found("version")).toMatchObject({ verdict, said: expect.stringMatching(said) })
  })

  it.each([
    [0, "ok", /agree/],
    [-90_000, "warning", /(?:89|90|91) s behind/],
    [90_000, "warning", /(?:89|90|91) s ahead/],
    [2 * 3_600_000, "problem", /drops every append as too late/],
  ])("compares clocks that are %i ms apart", async (clockSkew, verdict, said) => {
    const { found } = await examine(addressOf(await start({ clockSkew })))
    expect(found("clock")).toMatchObject({ verdict, said: expect.stringMatching(said) })
  })

  it.each([
    [1024 * 1024, "ok", /may hold 1,048,576 bytes$/],
    [500_000, "ok", /makes its appends smaller/],
    [100_000, "problem", /may hold 100,000 bytes/],
  ])("judges a limit of %i bytes to an append", async (maxAppendSize, verdict, said) => {
    const { found } = await examine(addressOf(await start({ maxAppendSize })))
    expect(found("append limit")).toMatchObject({ verdict, said: expect.stringMatching(said) })
  })

  it("says what projections mean, whether they run or not", async () => {
    const said = async (projections: ServerSettings["projections"]) =>
      (await examine(addressOf(await start({ projections })))).found("projections")
    expect(await said(undefined)).toMatchObject({
      verdict: "ok",
      said: expect.stringMatching(/runs none/),
    })
    expect(await said({ $by_category: "Stopped", own: "Running" })).toMatchObject({
      said: expect.stringMatching(/no system projection runs/),
    })
    expect(await said({ $by_category: "Running", $streams: "Running" })).toMatchObject({
      verdict: "ok",
      said: expect.stringMatching(/^\$by_category, \$streams run: credtrail does not need them/),
    })
  })

  it(
    "sees a node that is dead, one that cannot be reached from here, and that nobody leads",
    async () => {
      const cluster = await start({ nodes: 3 })
      const [, second, third] = cluster.nodes
      await second?.link.close()
      const hidden = await examine(addressOf(cluster))
      expect(hidden.found(/^node /)).toMatchObject({
        verdict: "problem",
        check: `node 127.0.0.1:${second?.link.endpoint.port}`,
        remedy: expect.stringMatching(/AdvertiseHostToClientAs/),
      })
      await second?.link.open()
      await third?.down()
      expect((await examine(addressOf(cluster))).found("cluster")).toMatchObject({
        verdict: "warning",
        said: expect.stringMatching(/leader, .* follower, .* dead$/),
      })
      cluster.loseLeader()
      expect((await examine(addressOf(cluster))).found("cluster")).toMatchObject({
        verdict: "problem",
        said: expect.stringMatching(/^no node leads: /),
      })
    },
    patience,
  )

  it("advises to name all nodes of a cluster, and does not miss data before the first ingest", async () => {
    const url = addressOf(healthy).replace(/,[^?]*/, "")
    const { code, found } = await examine(url, join(directory, "none-yet"))
    const [, second] = healthy.nodes
    expect(found("address")).toMatchObject({
      verdict: "warning",
      remedy: expect.stringContaining(`,127.0.0.1:${second?.link.endpoint.port},`),
    })
    expect(found("data directory")).toMatchObject({ verdict: "ok" })
    expect(code).toBe(0)
  })

  it("sees data that belong to another log", async () => {
    const other = await start()
    await madeFrom(other)
    const { found, code } = await examine(addressOf(other))
    expect(found("belongs to log")).toMatchObject({
      verdict: "problem",
      said: expect.stringMatching(/^it was made from the log at esdb:.*, not from esdb:/),
      remedy: expect.stringMatching(/--data/),
    })
    expect(code).toBe(1)
  })
})
