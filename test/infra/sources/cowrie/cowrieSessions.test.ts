import { expect, it } from "vitest"
import { cowrie } from "../../../../src/infra/sources/cowrie/cowrie.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const common = {
  sensor: "decoy-a",
  session: "00aa11bb22cc",
  src_ip: "192.0.2.10",
  timestamp: "2020-02-03T04:05:06.123456Z",
}
const lists = { kexAlgs: ["k1", "k2"], keyAlgs: ["h"], encCS: ["e"], macCS: ["m"], compCS: ["c"] }
const keyExchange = {
  kex: ["k1", "k2"],
  hostKey: ["h"],
  encryption: ["e"],
  mac: ["m"],
  compression: ["c"],
}

/** What the last of these events says of its session. */
const wordOf = (...events: ReadonlyArray<object>) => {
  const parser = cowrie.parser({ zone: () => 0 })
  const parsed = events.map((event) =>
    parser.parse(SourceRecord.of(Buffer.from(JSON.stringify({ ...common, ...event })))),
  )
  const last = parsed.at(-1)
  return last !== undefined && "session" in last ? last.session : undefined
}
const connect = { eventid: "cowrie.session.connect", protocol: "ssh" }

it("a Cowrie log says of a session who came, what was typed and that it is over", () => {
  const said = {
    ...{ sensor: "decoy-a", sessionId: "00aa11bb22cc", at: common.timestamp },
    ...{ attackerIp: "192.0.2.10", service: "ssh" },
  }
  expect(wordOf(connect)).toEqual(said)
  const command = { eventid: "cowrie.command.input", input: "uname -a" }
  expect(wordOf(connect, command)).toEqual({ ...said, command: "uname -a" })
  const kex = { eventid: "cowrie.client.kex", ...lists }
  expect(wordOf(connect, kex)).toEqual({ ...said, keyExchange })
  expect(wordOf(connect, { eventid: "cowrie.session.closed" })).toEqual({ ...said, ended: true })
})

it("a Cowrie log of 2018 tells of the key exchange with the version", () => {
  const version = { eventid: "cowrie.client.version", version: "b'SSH-2.0-x'", ...lists }
  expect(wordOf(version)).toMatchObject({ clientVersion: "SSH-2.0-x", keyExchange, service: "ssh" })
})

it("a Cowrie log with algorithms that are none, or are too many or too long, says less", () => {
  const kex = { eventid: "cowrie.client.kex", ...lists }
  expect(wordOf({ ...kex, kexAlgs: "k1" })).not.toHaveProperty("keyExchange")
  const many = Array.from({ length: 500 }, (_, n) => `${n}`.repeat(200))
  const word = wordOf({ ...kex, kexAlgs: [7, ...many] })
  expect(word?.keyExchange?.kex).toHaveLength(64)
  for (const name of word?.keyExchange?.kex ?? []) expect(name.length).toBeLessThanOrEqual(128)
})

it("a line of a Cowrie log without a time or a session says nothing of one", () => {
  expect(wordOf({ ...connect, timestamp: "soon" })).toBeUndefined()
  expect(wordOf({ ...connect, session: "" })).toBeUndefined()
})
