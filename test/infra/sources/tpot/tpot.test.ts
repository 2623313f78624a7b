import { describe, expect, it } from "vitest"
import { cowrie } from "../../../../src/infra/sources/cowrie/cowrie.ts"
import { tpot } from "../../../../src/infra/sources/tpot/tpot.ts"
import { capturesOf, outcomesOf } from "../parsed.ts"

const document = {
  "@timestamp": "2026-03-01T10:00:01.000Z",
  "t-pot_hostname": "trap-1",
  type: "CitrixHoneypot",
  src_ip: "198.51.100.7",
  dest_port: 443,
  username: "nsroot",
  password: "plinth",
}

describe("T-Pot's documents", () => {
  it("are captures where they have a user or a password, whatever honeypot they are of", () => {
    expect(capturesOf(tpot, document)).toEqual([
      {
        observedAt: "2026-03-01T10:00:01.000000Z",
        sensor: "trap-1",
        service: "citrix",
        attackerIp: "198.51.100.7",
        sessionId: null,
        principal: "nsroot",
        secret: ["plaintext", "plinth"],
        outcome: null,
        fields: { destinationPort: "443" },
      },
    ])
  })

  it.each([
    [{ type: "Mailoney", dest_port: 25 }, "smtp"],
    [{ type: "Heralding", proto: "vnc", session_id: "s1" }, "vnc"],
    [{ type: "Honeytrap", dest_port: 3306 }, "mysql"],
    [{ type: "Dionaea", connection: { protocol: "ftpd" } }, "ftp"],
    [{ type: "SomethingNew", protocol: "redis" }, "redis"],
  ])("name the service: %j", (changes, service) => {
    expect(capturesOf(tpot, { ...document, ...changes })).toMatchObject([{ service }])
  })

  it("of Cowrie are what Cowrie's own log is, on the host that T-Pot names", () => {
    const event = {
      eventid: "cowrie.login.failed",
      session: "a1b2c3d4e5f6",
      sensor: "0123456789ab",
      protocol: "ssh",
      timestamp: "2026-03-01T10:00:00.123456Z",
      src_ip: "198.51.100.7",
      username: "root",
      password: "plinth",
    }
    const [bare] = capturesOf(cowrie, event)
    expect(capturesOf(tpot, { ...document, type: "Cowrie", ...event })).toEqual([
      { ...bare, sensor: "trap-1" },
    ])
  })

  it("of Dionaea may hold several pairs, in lists or joined with commas", () => {
    const pairs = { type: "Dionaea", connection: { protocol: "mssqld" } }
    const expected = [
      { principal: "sa", secret: ["plaintext", "a"] },
      { principal: "sb", secret: ["plaintext", "b"] },
    ]
    for (const said of [
      { username: ["sa", "sb"], password: ["a", "b"] },
      { username: "sa,sb", password: "a,b" },
    ]) {
      expect(capturesOf(tpot, { ...document, ...pairs, ...said })).toMatchObject(expected)
    }
    expect(
      capturesOf(tpot, { ...document, ...pairs, username: "sa", password: "a,b" }),
    ).toMatchObject([{ secret: ["plaintext", "a,b"] }])
  })

  it("of what watches the network, or without a user and a password, hold no capture", () => {
    const { username: _, password: __, ...nothing } = document
    expect(
      outcomesOf(
        tpot,
        { ...document, type: "Suricata" },
        { ...document, type: "NGINX" },
        nothing,
        { ...document, username: "%{[credentials][username]}", password: null },
        { ...document, password: {} },
        { ...document, "@timestamp": "then" },
      ),
    ).toEqual([0, 0, 0, 0, "wrong-type", "bad-timestamp"])
  })
})
