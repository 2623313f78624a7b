import { join } from "node:path"
import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import type { NewEvent } from "../../../src/domain/event/events.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { fingerprinted } from "../vectorstore/fingerprintEvents.ts"
import { answer, credtrail, credtrailIn, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")
const honeypot = join(directory, "ssh", "cowrie.json")

const of = (kind: string, session: string, vector: ReadonlyArray<number>, ip: string): NewEvent =>
  fingerprinted(session, vector, { kind, metric: "cosine", attackerIp: ip })

/** Everybody has one client; two run the same rare script, with clients of their own. */
const sessions = [
  of("ssh_kex", "asked", [1, 0, 0], "198.51.100.1"),
  of("cmd_ngram", "asked", [1, 2, 3, 4], "198.51.100.1"),
  of("ssh_kex", "same-hand", [0, 1, 0], "198.51.100.2"),
  of("cmd_ngram", "same-hand", [1, 2, 3, 4.1], "198.51.100.2"),
  ...Array.from({ length: 60 }, (_, n) => [
    of("ssh_kex", `crowd-${n}`, [1, 0, 0], `203.0.113.${n}`),
    of("cmd_ngram", `crowd-${n}`, [n % 7, -3, (n % 5) - 2, -n], `203.0.113.${n}`),
  ]).flat(),
]

beforeAll(async () => {
  const lines = ["gate-1", "gate-2"].map((sensor, n) => ({
    ...{ eventid: "cowrie.login.failed", session: `0000000${n}`, src_ip: "198.51.100.1" },
    ...{ username: "root", password: "Winter#42", sensor, protocol: "ssh" },
    timestamp: `2026-03-01T10:00:0${n}.000000Z`,
  }))
  writeLines(honeypot, lines)
  await credtrail("ingest", honeypot, "--data", data)
  await EventLog.use((log) =>
    log.append({
      stream: "fingerprint-made-up",
      expectedRevision: "no_stream",
      events: [
        ...sessions,
        fingerprinted("on-target", [4, 3, 2, 1], {
          ...{ kind: "cmd_ngram", metric: "cosine", attackerIp: "198.51.100.1" },
          ...{ decky: "gate-1", service: "ssh" },
        }),
      ],
    }),
  ).pipe(Effect.provide(layerEmbedded({ file: join(data, "log.sqlite") })), Effect.runPromise)
  expect((await credtrail("ingest", honeypot, "--data", data)).code).toBe(0)
})

describe("credtrail similar", () => {
  it("puts a rare script before a client that everybody has, and says why", async () => {
    const similar = await answer("similar", "asked", "--data", data)
    expect(similar).toMatchObject({ what: "session", sessionCount: 1 })
    const [first, second] = similar.fused
    expect(first).toMatchObject({ sessionId: "same-hand", attackerIp: "198.51.100.2", decky: "d1" })
    expect(first.contributions[0]).toMatchObject({ kind: "cmd_ngram", within: 1 })
    expect(first.score).toBeGreaterThan(second.score)
    const kex = similar.kinds.find(({ kind }: { kind: string }) => kind === "ssh_kex")
    expect(kex.sessions[0]).toMatchObject({ distance: 0, within: 60, total: 62 })
    expect(kex.sessions[0].surprise).toBeLessThan(0.1)
    expect(similar.fused.map(({ sessionId }: { sessionId: string }) => sessionId)).not.toContain(
      "asked",
    )
  })

  it("says the same whatever keeps the vectors", async () => {
    const { stdout } = await credtrail("similar", "asked", "--data", data, "--json")
    const env = { CREDTRAIL_VECTORSTORE_TYPE: "fake" }
    expect(await credtrailIn(env, "similar", "asked", "--data", data, "--json")).toEqual({
      code: 0,
      stderr: "",
      stdout,
    })
  })

  it("takes a session with its host, an attacker and a finding", async () => {
    const session = await answer("similar", "d1/asked", "--data", data)
    expect(session.compared).toMatchObject([{ sessionId: "asked" }])
    const attacker = await answer("similar", "198.51.100.1", "--data", data)
    expect(attacker).toMatchObject({ what: "attacker", sessionCount: 2 })
    const { attackers } = await answer("attackers", "--data", data)
    const uuid = await answer("similar", attackers[0].uuid, "--data", data)
    expect(uuid).toEqual(attacker)
    const { findings } = await answer("findings", "--data", data)
    const finding = await answer("similar", findings[0].id.slice(0, 12), "--data", data)
    expect(finding).toMatchObject({ what: "finding", compared: [{ sessionId: "on-target" }] })
  })

  it("lists as many as are asked for, as tables for people", async () => {
    const { fused, kinds } = await answer("similar", "asked", "--limit", "3", "--data", data)
    expect(fused).toHaveLength(3)
    for (const { sessions } of kinds) expect(sessions).toHaveLength(3)
    const { stdout } = await credtrail("similar", "asked", "--limit", "3", "--data", data)
    expect(stdout).toMatch(/d1\/same-hand +198\.51\.100\.2 .*cmd_ngram \+/)
    expect(stdout).toMatch(/\nssh_kex\nDISTANCE/)
  })

  it("explains what it does not know, and that nothing is kept", async () => {
    const unknown = await credtrail("similar", "nobody-knows", "--data", data)
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('"nobody-knows"') })
    expect(unknown.stderr).toContain(
      "give decky/session, an IP address, an attacker UUID or a finding id",
    )
    const off = { CREDTRAIL_VECTORSTORE_ENABLED: "false" }
    const called = await credtrailIn(off, "similar", "asked", "--data", data)
    expect(called).toMatchObject({ code: 2, stderr: expect.stringContaining("ENABLED") })
  })
})
