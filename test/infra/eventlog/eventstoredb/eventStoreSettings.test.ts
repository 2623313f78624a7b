import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { describe, expect, it } from "vitest"
import { readEventStoreSettings } from "../../../../src/infra/eventlog/eventstoredb/eventStoreSettings.ts"
import { temporaryDirectory } from "../temporaryDirectory.ts"

const read = (url: string, username?: string, password?: string) =>
  readEventStoreSettings(url, {
    username,
    password: password === undefined ? undefined : Redacted.make(password),
  })
const settings = (...given: Parameters<typeof read>) => Effect.runSync(read(...given))
const refusal = (...given: Parameters<typeof read>) => Effect.runSync(Effect.flip(read(...given)))

describe("the address of an event store", () => {
  it("names a node, the seeds of a cluster, or a name to discover it by", () => {
    expect(settings("esdb://one")).toMatchObject({
      location: "esdb://one:2113",
      find: "node",
      hosts: [{ address: "one", port: 2113 }],
      tls: {},
      credentials: undefined,
      deadline: 10_000,
    })
    expect(settings("esdb://one:1,two_b.example:22/?tls=false")).toMatchObject({
      location: "esdb://one:1,two_b.example:22",
      find: "seeds",
      tls: undefined,
    })
    expect(settings("  esdb+discover://cluster.example:2114 ")).toMatchObject({
      location: "esdb+discover://cluster.example:2114",
      find: "discover",
    })
  })

  it("takes the options of the client, however they are spelled", () => {
    expect(
      settings(
        "esdb://one?Keep_Alive-Interval=20000&keepalivetimeout=5&GOSSIPTIMEOUT=3&maxDiscoverAttempts=2&discoveryInterval=50&defaultDeadline=700&connectionName=a%20b&nodePreference=Leader&tlsVerifyCert=true&throwOnAppendFailure=true",
      ),
    ).toMatchObject({
      deadline: 700,
      options: {
        keepAliveInterval: 20_000,
        keepAliveTimeout: 5,
        gossipTimeout: 3,
        maxDiscoverAttempts: 2,
        discoveryInterval: 50,
        connectionName: "a b",
      },
    })
  })

  it("lets the client look for a leader once, since waiting is for us to do", () => {
    expect(settings("esdb://one,two").options.maxDiscoverAttempts).toBe(1)
  })

  it("gives each seed as long as all of them, and the call itself, can be waited for", () => {
    expect(settings("esdb://one,two,three").options.gossipTimeout).toBe(2)
    expect(settings("esdb+discover://one").options.gossipTimeout).toBe(5)
    expect(settings("esdb://one,two?defaultDeadline=30000").options.gossipTimeout).toBe(10)
    expect(settings("esdb://one,two?defaultDeadline=500").options.gossipTimeout).toBe(1)
  })

  it("reads credentials from the address or from beside it", () => {
    const written = settings("esdb://us%3Aer:p%40ss%3A%2Fw@one").credentials
    expect(written?.username).toBe("us:er")
    expect(written && Redacted.value(written.password)).toBe("p@ss:/w")
    const beside = settings("esdb://one", "admin", "p@ss:w").credentials
    expect(beside?.username).toBe("admin")
    expect(beside && Redacted.value(beside.password)).toBe("p@ss:w")
  })

  it.each([
    ["kurrentdb://one", "write esdb://"],
    ["kdb+discover://one", "write esdb://"],
    ["http://one:2113", "begin with esdb://"],
    ["one:2113", "begin with esdb://"],
    ["", "begin with esdb://"],
    ["esdb://", "host number 1"],
    ["esdb://one,", "host number 2"],
    ["esdb://one:port", "host number 1"],
    ["esdb://one:0", "host number 1"],
    ["esdb://one,two:70000", "host number 2"],
    ["esdb://[::1]:2113", "IPv6"],
    ["esdb+discover://one,two", "takes one host"],
    ["esdb://user@one", "user:password"],
    ["esdb://user:@one", "user:password"],
    ["esdb://one?tls", "tls has to be tls=value"],
    ["esdb://one?tls=False", "true or false"],
    ["esdb://one?tls=true&TLS=true", "twice"],
    ["esdb://one?unknown=1", "none that the client knows"],
    ["esdb://one?tlsVerifyCert=false", "tlsCAFile"],
    ["esdb://one?throwOnAppendFailure=false", "leave it out"],
    ["esdb://one?nodePreference=follower", "leader"],
    ["esdb://one?defaultDeadline=0", "at least 1"],
    ["esdb://one?defaultDeadline=10s", "at least 1"],
    ["esdb://one?keepAliveInterval=-1", "at least 10000"],
    ["esdb://one?keepAliveInterval=9999", "at least 10000"],
    ["esdb://one?connectionName=%zz", "write %25"],
    ["esdb://one?tls=false&tlsCAFile=ca.crt", "leave one of them out"],
    ["esdb://one?userCertFile=a.crt", "belong together"],
    [
      "esdb://one?tlsCAFile=/there/is/no/such.crt",
      "cannot be read (ENOENT): /there/is/no/such.crt",
    ],
  ])("is refused where the client would not do what it says: %s", (url, reason) => {
    expect(refusal(url)._tag).toBe("EventStoreUrlInvalid")
    expect(refusal(url).message).toContain(reason)
  })

  it("says that credentials are lost without TLS, and that half of them are none", () => {
    expect(refusal("esdb://u:p@one?tls=false").message).toContain("no credentials")
    expect(refusal("esdb://one?tls=false", "u", "p").message).toContain("no credentials")
    expect(refusal("esdb://one", "u").message).toContain("no password")
    expect(refusal("esdb://one", undefined, "p").message).toContain("no user")
    expect(refusal("esdb://u:p@one", "u", "p").message).toContain("in one place")
  })

  it("never shows what may be a secret, however wrongly it is written", () => {
    for (const url of [
      "esdb://user:hunter2:x@one",
      "esdb://user:hunter2@x@one",
      "esdb://user:a?hunter2=b@one",
      "esdb://user:a?hunter2@one",
      "esdb://us:a@b?hunter2=c@one",
      "esdb://user:%hunter2@one",
      "esdb://user:hunter2/@one@x",
      "esdb://user:hunter2",
      "hunter2://user@one",
      "esdb://one?hunter2=1",
    ]) {
      expect(JSON.stringify(refusal(url)) + String(refusal(url))).not.toContain("hunter2")
    }
    const read = settings("esdb://user:hunter2@one")
    expect(JSON.stringify(read) + String(read.credentials?.password)).not.toContain("hunter2")
  })

  it("reads the files of certificates at once", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          const [ca, certificate, key] = ["ca@x.crt", "user.crt", "user.key"].map((name) => {
            const file = join(directory, name)
            writeFileSync(file, name)
            return encodeURIComponent(file)
          })
          const { tls } = yield* read(
            `esdb://one?tlsCAFile=${ca}&userCertFile=${certificate}&userKeyFile=${key}`,
          )
          expect(tls?.ca?.toString()).toBe("ca@x.crt")
          expect(tls?.userCertificate?.certificate.toString()).toBe("user.crt")
          expect(tls?.userCertificate && Redacted.value(tls.userCertificate.key).toString()).toBe(
            "user.key",
          )
        }),
      ),
    ))
})
