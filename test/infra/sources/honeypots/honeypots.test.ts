import { describe, expect, it } from "vitest"
import { honeypots } from "../../../../src/infra/sources/honeypots/honeypots.ts"
import { capturesOf, outcomesOf } from "../parsed.ts"

const login = {
  timestamp: "2026-03-01T10:00:01.200000",
  action: "login",
  server: "ftp_server",
  src_ip: "198.51.100.7",
  src_port: "41000",
  dest_ip: "0.0.0.0",
  dest_port: "21",
  username: "root",
  password: "plinth",
  status: "failed",
}

describe("qeeqbox's honeypots", () => {
  it("make a capture of every login", () => {
    expect(capturesOf(honeypots, login)).toEqual([
      {
        observedAt: "2026-03-01T10:00:01.200000Z",
        sensor: null,
        service: "ftp",
        attackerIp: "198.51.100.7",
        sessionId: null,
        principal: "root",
        secret: ["plaintext", "plinth"],
        outcome: "failure",
        fields: { sourcePort: "41000", destinationPort: "21" },
      },
    ])
    expect(capturesOf(honeypots, { ...login, status: "success" })).toMatchObject([
      { outcome: "success" },
    ])
  })

  it.each([
    ["elastic_server", "elasticsearch"],
    ["http_proxy_server", "httpproxy"],
    ["postgres_server", "postgresql"],
    ["memcached_server", "memcache"],
  ])("call %s what others call it: %s", (server, service) => {
    expect(capturesOf(honeypots, { ...login, server })).toMatchObject([{ service }])
  })

  it("tell a response to MySQL's challenge from a password", () => {
    const mysql = { ...login, server: "mysql_server" }
    const response = "0123456789abcdef0123456789abcdef01234567"
    const [captured] = capturesOf(honeypots, { ...mysql, password: response })
    expect(captured?.secret?.[0]).toBe("mysql_native_password")
    expect(capturesOf(honeypots, { ...mysql, password: "1:2:af" })).toMatchObject([
      { secret: null },
    ])
  })

  it("take an SNMP community for a secret", () => {
    const query = { ...login, server: "snmp_server", action: "query", data: { community: "quoll" } }
    expect(capturesOf(honeypots, query)).toMatchObject([
      { principal: null, secret: ["snmp_community", "quoll"], outcome: "observed" },
    ])
  })

  it("pass over other events, and reject what is broken", () => {
    expect(
      outcomesOf(
        honeypots,
        { ...login, action: "connection" },
        { ...login, username: undefined, password: undefined },
        { ...login, action: undefined },
        { ...login, password: [] },
        { ...login, timestamp: "then" },
      ),
    ).toEqual([0, 0, "missing-field", "wrong-type", "bad-timestamp"])
  })
})
