import { describe, expect, it } from "vitest"
import { openCanary } from "../../../../src/infra/sources/opencanary/openCanary.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
// A zone that must not matter.
const parse = (text: string) => openCanary.parser({ zone: () => 7_200_000 }).parse(line(text))
const capture = (text: string) => {
  const parsed = parse(text)
  if ("rejected" in parsed) throw new Error(parsed.rejected)
  expect(parsed.captures).toHaveLength(1)
  return parsed.captures[0]
}

const event = {
  dst_host: "198.51.100.2",
  dst_port: 22,
  local_time: "2026-02-03 04:05:06.699999",
  local_time_adjusted: "2026-02-03 06:05:06.700002",
  logdata: { USERNAME: "root", PASSWORD: "hunter0" },
  logtype: 4002,
  node_id: "canary-7",
  src_host: "192.0.2.7",
  src_port: 4022,
  utc_time: "2026-02-03 04:05:06.700000",
}
const json = (changes: Record<string, unknown> = {}) => JSON.stringify({ ...event, ...changes })
const of = (logtype: unknown, logdata: unknown) => json({ logtype, logdata })
const understood = { captures: [] }

describe("openCanary", () => {
  it("makes a capture of a login", () => {
    expect(capture(json())).toEqual({
      observedAt: "2026-02-03T04:05:06.700000Z",
      sensor: "canary-7",
      service: "ssh",
      attackerIp: "192.0.2.7",
      sessionId: null,
      principal: "root",
      secret: expect.objectContaining({ kind: "plaintext", bytes: Buffer.from("hunter0") }),
      outcome: "failure",
      fields: { sourcePort: "4022", destinationPort: "22" },
    })
  })

  it.each([
    [2000, "ftp"],
    [3001, "http"],
    [4002, "ssh"],
    [6001, "telnet"],
    [7001, "httpproxy"],
    [8001, "mysql"],
    [9001, "mssql"],
    [14001, "rdp"],
  ])("names the service of logtype %i", (logtype, service) => {
    const draft = capture(of(logtype, { USERNAME: "u", PASSWORD: "not hex" }))
    expect(draft).toMatchObject({
      service,
      principal: "u",
      secret: { bytes: Buffer.from("not hex") },
    })
  })

  it("takes nothing from other events", () => {
    const boot = { msg: { logdata: "Canary running!!!" } }
    expect(parse(json({ logtype: 1001, logdata: boot, src_host: "" }))).toEqual(understood)
    expect(parse(of(4000, { SESSION: "0" }))).toEqual(understood)
    expect(parse(json({ logtype: 5001, dst_port: "80" }))).toEqual(understood)
    expect(parse("")).toEqual(understood)
  })

  it("prefers utc_time, and takes local_time for UTC, which it is", () => {
    const old = json({ utc_time: undefined, local_time_adjusted: undefined })
    expect(capture(old)?.observedAt).toBe("2026-02-03T04:05:06.699999Z")
    expect(parse(json({ utc_time: undefined, local_time: undefined }))).toEqual({
      rejected: "missing-field",
    })
  })

  it("reads keys in any case, and the name of the device from where Elastic puts it", () => {
    const elastic = json({
      node_id: undefined,
      node: { id: "canary-8" },
      logdata: { username: "root", password: "hunter0", session: "12" },
      logtype: "4002",
    })
    expect(capture(elastic)).toMatchObject({
      sensor: "canary-8",
      principal: "root",
      secret: { bytes: Buffer.from("hunter0") },
      sessionId: "12",
    })
    expect(capture(of(9001, { UserName: "sa", AppName: "x", Database: "" }))).toMatchObject({
      principal: "sa",
      secret: null,
      fields: { clientName: "x" },
    })
  })

  it("leaves unsaid what is empty or missing", () => {
    const bare = json({ node_id: "", src_host: "", src_port: undefined, dst_port: undefined })
    expect(capture(bare)).toMatchObject({ sensor: null, attackerIp: null, fields: {} })
    expect(capture(of(2000, { USERNAME: null, PASSWORD: "" }))).toMatchObject({
      principal: null,
      secret: { bytes: { length: 0 } },
    })
  })

  it("keeps what tells something of the client", () => {
    const data = {
      USERNAME: "u",
      PASSWORD: "p",
      HOSTNAME: "nas.example",
      PATH: "/index.html?word=p",
      SKIN: "nasLogin",
      USERAGENT: "Tester/1.0",
      REMOTEVERSION: "SSH-2.0-Test",
      DOMAIN: "EXAMPLE",
    }
    expect(capture(of(3001, data))?.fields).toEqual({
      hostname: "nas.example",
      path: "/index.html",
      userAgent: "Tester/1.0",
      clientVersion: "SSH-2.0-Test",
      domain: "EXAMPLE",
      sourcePort: "4022",
      destinationPort: "22",
    })
  })

  it("has the response to the challenge as the secret for MySQL, and none where none came", () => {
    expect(capture(of(8001, { USERNAME: "root", PASSWORD: "00ff10" }))?.secret).toMatchObject({
      kind: "mysql_native_password",
      bytes: Buffer.from("00ff10", "hex"),
    })
    expect(capture(of(8001, { USERNAME: "root", PASSWORD: null }))?.secret).toBeNull()
  })

  it("has for VNC the password where it was on the list, and else the response", () => {
    const vnc = { "VNC Server Challenge": "aabb", "VNC Client Response": "00ff10" }
    const known = capture(of(12001, { ...vnc, "VNC Password": "hunter0" }))
    expect(known).toMatchObject({
      service: "vnc",
      principal: null,
      secret: { kind: "plaintext", bytes: Buffer.from("hunter0") },
      fields: { challenge: "aabb", response: "00ff10" },
    })
    const unknown = { ...vnc, "VNC Password": "<Password was not in the common list>" }
    expect(capture(of(12001, unknown))?.secret).toMatchObject({
      kind: "vnc_des_response",
      bytes: Buffer.from("00ff10", "hex"),
    })
  })

  it("takes what OpenCanary writes in place of a credential for no credential", () => {
    const none = { principal: null, secret: null }
    expect(capture(of(9002, { USERNAME: "", PASSWORD: "" }))).toMatchObject(none)
    const token = { USERNAME: "Invalid auth-token submitted", PASSWORD: "" }
    expect(capture(of(7001, token))).toMatchObject(none)
    expect(capture(of(6001, token))?.principal).toBe("Invalid auth-token submitted")
  })

  it("takes a form without a field for one without a name, or without a secret", () => {
    const absent = "<not supplied>"
    const form = (USERNAME: string, PASSWORD: string) =>
      capture(of(3001, { USERNAME, PASSWORD, USERAGENT: absent, PATH: "/in" }))
    expect(form(absent, "hunter0")).toMatchObject({
      principal: null,
      secret: { bytes: Buffer.from("hunter0") },
      fields: { path: "/in" },
    })
    expect(form("root", absent)).toMatchObject({ principal: "root", secret: null })
    expect(form(absent, absent)).toMatchObject({ principal: null, secret: null })
    expect(form("root", "p")?.fields).not.toHaveProperty("userAgent")
  })

  it("takes the community of an SNMP request for a secret of its own kind", () => {
    const snmp = of(13001, { COMMUNITY_STRING: "c0mmons", REQUESTS: ["1.3.6.1"] })
    expect(capture(snmp)).toMatchObject({
      service: "snmp",
      principal: null,
      secret: { kind: "snmp_community", bytes: Buffer.from("c0mmons") },
      outcome: "observed",
    })
    expect(parse(of(13001, { REQUESTS: [] }))).toEqual({ rejected: "missing-field" })
  })

  it("takes the secret of a TCP banner, and nothing from its other data", () => {
    const data = { FUNCTION: "DATA_RECEIVED", BANNER_ID: "1", DATA: "opensesame now" }
    expect(capture(of(18003, { ...data, SECRET_STRING: "opensesame" }))).toMatchObject({
      service: "tcpbanner",
      principal: null,
      secret: { kind: "plaintext", bytes: Buffer.from("opensesame") },
      outcome: "success",
    })
    expect(parse(of(18003, data))).toEqual(understood)
    expect(parse(of(18004, data))).toEqual(understood)
  })

  it("reads passwords of digits that became numbers on the way", () => {
    const draft = capture(of(4002, { USERNAME: 7, PASSWORD: 123456 }))
    expect(draft).toMatchObject({ principal: "7", secret: { bytes: Buffer.from("123456") } })
  })

  it("keeps an attempt whose address is hashed, masked or missing without one", () => {
    for (const src_host of ["0f9c2e", "192.0.2.x", "", undefined, 7, null]) {
      const draft = capture(json({ src_host }))
      expect(draft).toMatchObject({ attackerIp: null, principal: "root" })
    }
  })

  it("takes from RDP the name that a client announces, and nothing where there is none", () => {
    expect(capture(of(14001, { USERNAME: "joe" }))).toMatchObject({
      principal: "joe",
      secret: null,
    })
    expect(parse(of(14001, { USERNAME: null }))).toEqual(understood)
    expect(parse(of(14001, { INPUT: "keys" }))).toEqual(understood)
  })

  it("takes from Redis the AUTH command, unless its argument was cut", () => {
    const redis = (CMD: string, ARGS: string) => of(17001, { CMD, ARGS })
    expect(capture(redis("AUTH", "hunter0"))).toMatchObject({
      service: "redis",
      principal: null,
      secret: { bytes: Buffer.from("hunter0") },
    })
    expect(capture(redis("auth", "joe hunter0"))).toMatchObject({
      principal: "joe",
      secret: { bytes: Buffer.from("hunter0") },
    })
    expect(capture(redis("AUTH", "abcdefghij(and -20 more bytes)"))?.secret).toBeNull()
    expect(parse(redis("AUTH", ""))).toEqual(understood)
    expect(parse(redis("CONFIG", "GET requirepass"))).toEqual(understood)
  })

  it("takes from MongoDB the user of a login", () => {
    const mongodb = (action: string, username: string) =>
      of(20001, { action, username, mechanism: "SCRAM-SHA-256" })
    expect(capture(mongodb("mongodb.auth_attempt", "joe"))).toMatchObject({
      service: "mongodb",
      principal: "joe",
      secret: null,
      fields: { mechanism: "SCRAM-SHA-256" },
    })
    expect(capture(mongodb("mongodb.auth_attempt", "unknown"))?.principal).toBeNull()
    expect(parse(mongodb("mongodb.connection", "joe"))).toEqual(understood)
  })

  it("takes from MongoDB the user and the password that PLAIN sends", () => {
    const plain = (sent: string) =>
      of(20001, {
        action: "mongodb.auth_attempt",
        username: "unknown",
        mechanism: "PLAIN",
        auth_data: `{'saslStart': 1, 'mechanism': 'PLAIN', 'payload': '${sent}', '$db': 'x'}`,
      })
    const hex = (text: string) => Buffer.from(text).toString("hex")
    expect(capture(plain(hex("\0joe\0hunt\u00e9r0")))).toMatchObject({
      service: "mongodb",
      principal: "joe",
      secret: { kind: "plaintext", bytes: Buffer.from("hunt\u00e9r0") },
    })
    expect(capture(plain(hex("joe")))).toMatchObject({ principal: null, secret: null })
    expect(capture(plain("no hex"))).toMatchObject({ principal: null, secret: null })
  })

  it.each([
    ["no logtype", json({ logtype: undefined }), "missing-field"],
    ["a logtype that is none", json({ logtype: "ssh" }), "wrong-type"],
    ["no logdata", of(4002, undefined), "missing-field"],
    ["logdata that is none", of(4002, "x"), "wrong-type"],
    ["neither user name nor password", of(4002, { SESSION: "1" }), "missing-field"],
    ["a fraction as password", of(4002, { USERNAME: "u", PASSWORD: 1.5 }), "wrong-type"],
    ["a list as user name", of(8001, { USERNAME: [1], PASSWORD: "aa" }), "wrong-type"],
    ["nothing of VNC", of(12001, {}), "missing-field"],
    ["a VNC password that is none", of(12001, { "VNC Password": true }), "wrong-type"],
    ["a Redis command that is none", of(17001, { CMD: {} }), "wrong-type"],
    ["a time that is none", json({ utc_time: "soon" }), "bad-timestamp"],
    ["a time that is no text", json({ utc_time: 5 }), "wrong-type"],
    ["a device that is no text", json({ node_id: 7 }), "wrong-type"],
    ["no JSON", "Canary running", "not-json"],
    ["its end missing", json().slice(0, -5), "cut-line"],
  ])("rejects a line that has %s", (_, text, reason) => {
    expect(parse(text)).toEqual({ rejected: reason })
  })

  it("recognises its lines and no others", () => {
    const own = [json(), of(1001, {}), json({ node_id: undefined, node: { id: "x" } })]
    expect(own.map(line).filter(openCanary.recognises).length).toBe(3)
    const foreign = ['{"logtype":1}', '{"logtype":"x","logdata":{},"node_id":"x"}', json().slice(9)]
    expect(foreign.map(line).filter(openCanary.recognises).length).toBe(0)
  })
})
