import { describe, expect, it } from "vitest"
import { triedSecret } from "../../../../src/domain/secret/secret.ts"
import { cowrie } from "../../../../src/infra/sources/cowrie/cowrie.ts"
import type { ParsedRecord, RecordParser } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const secretOf = (text: string) => triedSecret("plaintext", Buffer.from(text, "utf8"))
const none = { captures: [] }

const newParser = () => cowrie.parser({ zone: () => 0 })
const parse = (parser: RecordParser, event: object) => parser.parse(line(JSON.stringify(event)))
const parseAll = (parser: RecordParser, events: ReadonlyArray<object>) =>
  events.map((event) => parse(parser, event)).at(-1)
const captureOf = (parsed: ParsedRecord | undefined) => {
  if (parsed === undefined || "rejected" in parsed) throw new Error(JSON.stringify(parsed))
  expect(parsed.captures).toHaveLength(1)
  return parsed.captures[0]
}

const common = {
  sensor: "decoy-a",
  session: "00aa11bb22cc",
  src_ip: "192.0.2.10",
  timestamp: "2020-02-03T04:05:06.123456Z",
}
const connect = { eventid: "cowrie.session.connect", protocol: "ssh", dst_port: 2222, ...common }
const failed = {
  eventid: "cowrie.login.failed",
  username: "root",
  password: "gr4pefruit",
  message: "login attempt [root/gr4pefruit] failed",
  ...common,
}

describe("the captures of a Cowrie log", () => {
  it("are its login events, with the service and the client of their session", () => {
    const parsed = parseAll(newParser(), [
      connect,
      { eventid: "cowrie.client.version", version: "SSH-2.0-Invented_1", ...common },
      { eventid: "cowrie.client.kex", hassh: "0123456789abcdef0123456789abcdef", ...common },
      failed,
    ])
    expect(captureOf(parsed)).toEqual({
      observedAt: "2020-02-03T04:05:06.123456Z",
      sensor: "decoy-a",
      service: "ssh",
      attackerIp: "192.0.2.10",
      sessionId: "00aa11bb22cc",
      principal: "root",
      secret: secretOf("gr4pefruit"),
      outcome: "failure",
      fields: {
        clientVersion: "SSH-2.0-Invented_1",
        hassh: "0123456789abcdef0123456789abcdef",
      },
    })
  })

  it("say whether the attempt was let in", () => {
    const parsed = parse(newParser(), { ...failed, eventid: "cowrie.login.success" })
    expect(captureOf(parsed)?.outcome).toBe("success")
  })

  it("are read from the oldest shape, with lists and extra fields beside", () => {
    const old = { isError: 0, system: "SSHService", ...common }
    const text = (event: object) => JSON.stringify(event, null, 1).replaceAll("\n", "")
    const parser = newParser()
    parser.parse(line(text({ ...connect, ...old })))
    parser.parse(
      line(
        text({ eventid: "cowrie.client.version", version: "SSH-2.0-Old", kexAlgs: ["x"], ...old }),
      ),
    )
    const capture = captureOf(parser.parse(line(text({ ...old, ...failed }))))
    expect(capture).toMatchObject({ service: "ssh", fields: { clientVersion: "SSH-2.0-Old" } })
  })

  it("are read from the newest shape, whatever the order of its fields", () => {
    const ends = { src_port: 40000, dst_ip: "198.51.100.1", dst_port: 22, uuid: "invented" }
    const { eventid, ...rest } = failed
    const parsed = parse(newParser(), { protocol: "telnet", ...ends, ...rest, eventid })
    expect(captureOf(parsed)).toMatchObject({ service: "telnet", secret: secretOf("gr4pefruit") })
  })

  it("hold the bytes that were sent where a release escapes them", () => {
    const ends = { src_port: 40000, dst_ip: "198.51.100.1", dst_port: 22 }
    const event = { ...failed, ...ends, username: "andr\\xc3\\xa9", password: "a\\\\b\\x0d" }
    expect(captureOf(parse(newParser(), event))).toMatchObject({
      principal: "andré",
      secret: secretOf("a\\b\r"),
    })
  })

  it("hold backslashes as they are where a release escapes nothing", () => {
    const event = { ...failed, username: "DOM\\\\u", password: "a\\\\b\\x0d" }
    expect(captureOf(parse(newParser(), event))).toMatchObject({
      principal: "DOM\\\\u",
      secret: secretOf("a\\\\b\\x0d"),
    })
  })

  it("hold the bytes that Python showed because they are no UTF-8", () => {
    const secret = triedSecret("plaintext", Buffer.of(0x41, 0xff))
    const parsed = parse(newParser(), { ...failed, password: "b'A\\xff'" })
    expect(captureOf(parsed)?.secret).toEqual(secret)
  })

  it("hold the raw bytes of a line that is not UTF-8", () => {
    const text = JSON.stringify({ ...failed, username: "žan", password: "?", message: "" })
    const bytes = Buffer.from(text, "utf8")
    bytes[bytes.indexOf("?")] = 0xff
    expect(captureOf(newParser().parse(SourceRecord.of(bytes)))).toMatchObject({
      principal: "žan",
      secret: triedSecret("plaintext", Buffer.of(0xff)),
    })
  })

  it("keep apart the empty, the absent and the rest", () => {
    const capture = (change: object) => captureOf(parse(newParser(), { ...failed, ...change }))
    expect(capture({ username: "" })?.principal).toBe("")
    expect(capture({ username: null })?.principal).toBeNull()
    expect(capture({ password: "" })?.secret).toEqual(secretOf(""))
    expect(capture({ password: null })?.secret).toBeNull()
    expect(capture({ sensor: "" })?.sensor).toBeNull()
    expect(capture({ sensor: undefined })?.sensor).toBeNull()
    expect(capture({ session: undefined })?.sessionId).toBeNull()
  })

  it("are told from their user alone where no authentication is asked for", () => {
    const { password, ...unasked } = { ...failed, eventid: "cowrie.login.success" }
    expect(password).toBeDefined()
    expect(captureOf(parse(newParser(), unasked))).toMatchObject({
      principal: "root",
      secret: null,
      outcome: "success",
    })
  })

  it("are read where a pipeline made numbers of digits, or of the time", () => {
    const event = { ...failed, username: 7, password: 123456, timestamp: 1_580_702_706.5 }
    expect(captureOf(parse(newParser(), event))).toMatchObject({
      observedAt: "2020-02-03T04:05:06.500000Z",
      principal: "7",
      secret: secretOf("123456"),
    })
    const { timestamp, ...shipped } = failed
    const logstash = { ...shipped, "@timestamp": timestamp }
    expect(captureOf(parse(newParser(), logstash))?.observedAt).toBe(timestamp)
  })

  it("are kept without an address where it is hashed or masked", () => {
    for (const src_ip of ["9f86d081884c7d65", "192.0.x.x", "", 42, null]) {
      expect(captureOf(parse(newParser(), { ...failed, src_ip }))).toMatchObject({
        attackerIp: null,
        secret: secretOf("gr4pefruit"),
      })
    }
  })

  it("come from IPv6 addresses too", () => {
    const capture = (src_ip: string) => captureOf(parse(newParser(), { ...failed, src_ip }))
    expect(capture("2001:DB8:0::5")?.attackerIp).toBe("2001:db8::5")
    expect(capture("::ffff:192.0.2.7")?.attackerIp).toBe("192.0.2.7")
  })
})

describe("the session of a Cowrie login", () => {
  const serviceAfter = (...events: ReadonlyArray<object>) =>
    captureOf(parseAll(newParser(), [...events, failed]))?.service

  it("tells the service by its connect event, unless the login tells it itself", () => {
    expect(serviceAfter({ ...connect, protocol: "telnet" })).toBe("telnet")
    const parser = newParser()
    parse(parser, connect)
    expect(captureOf(parse(parser, { ...failed, protocol: "telnet" }))?.service).toBe("telnet")
  })

  it("is SSH where it was seen to speak it and the connect event is missing", () => {
    const version = { eventid: "cowrie.client.version", version: "SSH-2.0-X", ...common }
    const kex = { eventid: "cowrie.client.kex", ...common }
    expect(serviceAfter(version)).toBe("ssh")
    expect(serviceAfter(kex)).toBe("ssh")
    expect(serviceAfter({ ...connect, protocol: "telnet" }, version)).toBe("telnet")
    expect(serviceAfter()).toBe("unknown")
    expect(serviceAfter({ ...version, session: "another" })).toBe("unknown")
  })

  it("tells the address of a login that does not", () => {
    const { src_ip, ...unaddressed } = failed
    expect(captureOf(parse(newParser(), unaddressed))?.attackerIp).toBeNull()
    const parser = newParser()
    parse(parser, connect)
    expect(captureOf(parse(parser, unaddressed))?.attackerIp).toBe(src_ip)
  })

  it("is not told by a protocol that is blank", () => {
    expect(serviceAfter({ ...connect, protocol: " " })).toBe("unknown")
    const parser = newParser()
    parse(parser, { ...connect, protocol: "telnet" })
    expect(captureOf(parse(parser, { ...failed, protocol: " \t" }))?.service).toBe("telnet")
  })

  it("is not told by where a tunnel was to lead", () => {
    const tunnel = { eventid: "cowrie.direct-tcpip.request", dst_ip: "a.example", dst_port: 23 }
    expect(serviceAfter(connect, { ...tunnel, ...common })).toBe("ssh")
    expect(serviceAfter({ ...tunnel, ...common })).toBe("unknown")
  })

  it("may have begun in the file before", () => {
    const parser = newParser()
    parser.startFile()
    parse(parser, connect)
    expect(parser.endFile()).toBeUndefined()
    parser.startFile()
    expect(captureOf(parse(parser, failed))?.service).toBe("ssh")
  })

  it("is forgotten when it is closed", () => {
    expect(serviceAfter(connect, { eventid: "cowrie.session.closed", ...common })).toBe("unknown")
  })

  it("is forgotten when 100,000 later ones are open, and no sooner", () => {
    const parser = newParser()
    const open = (session: string) => parse(parser, { ...connect, session })
    const service = (session: string) => captureOf(parse(parser, { ...failed, session }))?.service
    for (let n = 0; n < 100_000; n++) open(`s${n}`)
    expect(service("s0")).toBe("ssh")
    open("one more")
    expect(service("s0")).toBe("unknown")
    expect(service("s1")).toBe("ssh")
    expect(service("one more")).toBe("ssh")
  })

  it("is forgotten, too, when the parsers of all sources remember too much", () => {
    const version = `SSH-2.0-${"x".repeat(1000)}`
    const tell = (parser: RecordParser, session: string) =>
      parse(parser, { eventid: "cowrie.client.version", version, ...common, session })
    const clientOf = (parser: RecordParser, session: string) =>
      captureOf(parse(parser, { ...failed, session }))?.fields
    const [quiet, busy] = [newParser(), newParser()]
    tell(quiet, "quiet")
    for (let n = 0; n < 10_000; n++) tell(busy, `s${n}`)
    expect(clientOf(quiet, "quiet")).toEqual({ clientVersion: version })
    for (let n = 10_000; n < 30_000; n++) tell(busy, `s${n}`)
    expect(clientOf(quiet, "quiet")).toEqual({})
    expect(clientOf(busy, "s0")).toEqual({})
    expect(clientOf(busy, "s20000")).toEqual({ clientVersion: version })
  })

  it("gives the client version without Python's quotes, and none where it is empty", () => {
    const fieldsAfter = (version: unknown) => {
      const said = { eventid: "cowrie.client.version", version, ...common }
      return captureOf(parseAll(newParser(), [said, failed]))?.fields
    }
    expect(fieldsAfter("b'SSH-2.0-Go'")).toEqual({ clientVersion: "SSH-2.0-Go" })
    expect(fieldsAfter("")).toEqual({})
    expect(fieldsAfter(7)).toEqual({})
  })
})

describe("the escapes of a Cowrie log", () => {
  const escaped = { ...failed, username: "andr\\xc3\\xa9", password: "a\\\\b\\x0d" }
  const undone = { principal: "andré", secret: secretOf("a\\b\r") }
  const asTheyAre = { principal: escaped.username, secret: secretOf(escaped.password) }
  const of305 = { ...escaped, protocol: "ssh", uuid: "invented" }
  const after = "2026-07-01T00:00:00.000000Z"

  it("are undone in 3.0.6, which names both ends of the connection in every event", () => {
    const ends = { src_port: 40000, dst_ip: "198.51.100.1", dst_port: 22 }
    expect(captureOf(parse(newParser(), { ...escaped, ...ends }))).toMatchObject(undone)
    const logstash = { src_port: 40000, dest_ip: "198.51.100.1", dest_port: 22 }
    expect(captureOf(parse(newParser(), { ...escaped, ...logstash }))).toMatchObject(undone)
  })

  it("are undone in 3.0.5, which is told by its fields and the day it was written", () => {
    expect(captureOf(parse(newParser(), { ...of305, timestamp: after }))).toMatchObject(undone)
    expect(captureOf(parse(newParser(), of305))).toMatchObject(asTheyAre)
    expect(captureOf(parse(newParser(), { ...escaped, timestamp: after }))).toMatchObject(asTheyAre)
  })

  it("are undone whatever the clock says where the sensor counts milliseconds", () => {
    const parser = newParser()
    const closed = { eventid: "cowrie.session.closed", duration_ms: 4200, ...common }
    parse(parser, { ...closed, session: "the one before" })
    expect(captureOf(parse(parser, of305))).toMatchObject(undone)
    expect(captureOf(parse(parser, { ...of305, sensor: "another" }))).toMatchObject(asTheyAre)
  })
})

describe("a public key in a Cowrie log", () => {
  const blob = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    Buffer.from("ssh-ed25519"),
    Buffer.from([0, 0, 0, 32]),
    Buffer.alloc(32, 7),
  ])
  const key = `ssh-ed25519 ${blob.toString("base64")}`
  const { password: _, ...keyless } = { ...failed, type: "ssh-ed25519", fingerprint: "00:11", key }
  const later = { timestamp: "2020-02-03T04:05:06.123999Z" }
  const offered = { ...keyless, eventid: "cowrie.client.fingerprint" }
  const closed = { eventid: "cowrie.session.closed", ...common }
  const secret = triedSecret("ssh_public_key", blob)
  const captures = (parser: RecordParser, ...events: ReadonlyArray<object>) =>
    events.flatMap((event) => {
      const parsed = parse(parser, event)
      if ("rejected" in parsed) throw new Error(parsed.rejected)
      return parsed.captures
    })

  it("is a secret of its own kind, by its canonical bytes", () => {
    expect(captures(newParser(), { ...keyless, key: `${key} mallory@laptop` })).toMatchObject([
      {
        principal: "root",
        secret,
        outcome: "failure",
        fields: { keyType: "ssh-ed25519", keyFingerprint: expect.stringMatching(/^SHA256:/) },
      },
    ])
  })

  it("is one attempt where it is offered and a login tells what came of it", () => {
    const login = { ...keyless, ...later, eventid: "cowrie.login.success" }
    expect(captures(newParser(), connect, offered, login, closed)).toMatchObject([
      { observedAt: later.timestamp, secret, outcome: "success" },
    ])
  })

  it("is an attempt of its own where nothing is told of what came of it", () => {
    const parser = newParser()
    expect(captures(parser, connect, offered)).toEqual([])
    expect(captures(parser, { ...offered, ...later })).toMatchObject([
      { observedAt: common.timestamp, secret, outcome: "observed" },
    ])
    expect(captures(parser, { ...failed, ...later })).toMatchObject([
      { observedAt: later.timestamp, secret },
      { secret: secretOf("gr4pefruit") },
    ])
    expect(captures(parser, closed)).toEqual([])
  })

  it("is told of at the end of a file, or of its session, at the latest", () => {
    const parser = newParser()
    captures(parser, connect, offered)
    expect(parser.endFile()).toMatchObject({ captures: [{ secret, outcome: "observed" }] })
    expect(parser.endFile()).toBeUndefined()
    expect(captures(newParser(), connect, offered, closed)).toHaveLength(1)
    expect(captures(newParser(), { ...offered, session: undefined })).toHaveLength(1)
  })

  it("still waits for its login when a line in between is broken", () => {
    const parser = newParser()
    captures(parser, connect, offered)
    expect(parse(parser, { ...failed, password: ["?"] })).toEqual({ rejected: "wrong-type" })
    expect(captures(parser, { ...keyless, ...later })).toMatchObject([{ outcome: "failure" }])
  })
})

describe("a line of a Cowrie log that holds no password", () => {
  it("is understood when it is blank or an event of another kind", () => {
    const parser = newParser()
    expect(parser.parse(line(""))).toEqual(none)
    expect(parser.parse(line("  "))).toEqual(none)
    for (const eventid of ["cowrie.command.input", "cowrie.session.params", "of.another.program"]) {
      expect(parse(parser, { eventid, message: [], input: "id" })).toEqual(none)
    }
  })

  it("is understood when a key was offered that is none, or not told", () => {
    const { password, ...keyless } = failed
    const key = { key: "ssh-ed25519 AAAAinvented", fingerprint: "00:11", type: "ssh-ed25519" }
    expect(password).toBeDefined()
    expect(parse(newParser(), { ...keyless, ...key })).toEqual(none)
    expect(parse(newParser(), { ...keyless, fingerprint: "00:11" })).toEqual(none)
    expect(
      parse(newParser(), { ...keyless, ...key, eventid: "cowrie.client.fingerprint" }),
    ).toEqual(none)
  })
})

describe("a line of a Cowrie log that is not understood", () => {
  const reasonOf = (change: object) => parse(newParser(), { ...failed, ...change })

  it("is no whole JSON object", () => {
    const reason = (text: string) => newParser().parse(line(text))
    const whole = JSON.stringify(failed)
    expect(reason(whole.slice(0, 60))).toEqual({ rejected: "cut-line" })
    expect(reason("Traceback (most recent call last):")).toEqual({ rejected: "not-json" })
    expect(reason(whole.slice(60))).toEqual({ rejected: "not-json" })
    expect(reason(`[${whole}]`)).toEqual({ rejected: "not-an-object" })
  })

  it("lacks a field that is needed", () => {
    for (const name of ["eventid", "username", "password", "timestamp"]) {
      expect(reasonOf({ [name]: undefined }), name).toEqual({ rejected: "missing-field" })
    }
  })

  it("has a field of another type", () => {
    for (const name of ["eventid", "timestamp"]) {
      expect(reasonOf({ [name]: 42 }), name).toEqual({ rejected: "wrong-type" })
    }
    for (const name of ["username", "password"]) {
      expect(reasonOf({ [name]: ["a"] }), name).toEqual({ rejected: "wrong-type" })
      expect(reasonOf({ [name]: 4.2 }), name).toEqual({ rejected: "wrong-type" })
    }
  })

  it("has a time that is none", () => {
    expect(reasonOf({ timestamp: "2020-02-30T00:00:00.000000Z" })).toEqual({
      rejected: "bad-timestamp",
    })
  })
})

describe("recognising a Cowrie log", () => {
  it("counts the lines whose event is Cowrie's, the cut last line not", () => {
    const whole = JSON.stringify(failed)
    const lines = [
      whole,
      JSON.stringify({ eventid: "other" }),
      "{}",
      "words",
      "",
      whole.slice(0, 40),
    ]
    expect(lines.map(line).filter(cowrie.recognises).length).toBe(1)
  })
})
