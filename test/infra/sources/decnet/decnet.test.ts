import { describe, expect, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { decnet } from "../../../../src/infra/sources/decnet/decnet.ts"
import type { CaptureDraft, ParsedRecord } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const parser = decnet.parser({ zone: () => 0 })
const parse = (text: string): ParsedRecord =>
  parser.parse(SourceRecord.of(Buffer.from(text, "utf8")))
const capture = (text: string): CaptureDraft => {
  const parsed = parse(text)
  if ("rejected" in parsed) throw new Error(`${parsed.rejected}: ${text}`)
  const [only, ...others] = parsed.captures
  if (only === undefined || others.length > 0) throw new Error(`not one capture: ${text}`)
  return only
}
const understood = { captures: [] }

type Params = Readonly<Record<string, string>>

// What DECNET's emitters do: `\`, `"` and `]` are escaped, line feeds are not.
const escaped = (value: string) => value.replace(/[\\"\]]/g, "\\$&")
const relay = (params: Params) =>
  `[relay@55555 ${Object.entries(params)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(" ")}]`
const line = (app: string, msgId: string, params: Params, message = "") =>
  `<134>1 2027-08-09T10:11:12.000345+00:00 attic-4 ${app} - ${msgId} ${relay(params)}${message && ` ${message}`}`
const base64 = (bytes: string | Uint8Array) => Buffer.from(bytes).toString("base64")
const hex = (digits: string) => Buffer.from(digits, "hex")
const tried = (secret: string): Params => ({
  secret_printable: secret,
  secret_b64: base64(secret),
})

describe("decnet, service by service", () => {
  const md5 = "5f0c2d7e91ab44366788f0e1d2c3b4a5"
  const proof20 = "1112131415161718191a1b1c1d1e1f2021222324"
  const response24 = "f0e1d2c3b4a5968778695a4b3c2d1e0f0011223344556677"
  const cases: ReadonlyArray<{
    readonly app: string
    readonly msgId: string
    readonly params: Params
    readonly secret: string | Uint8Array
    readonly expected: Partial<Omit<CaptureDraft, "secret">>
    readonly kind?: string
  }> = [
    {
      app: "ftp",
      msgId: "auth_attempt",
      params: { username: "archive", principal: "archive", ...tried("Harbour-19") },
      secret: "Harbour-19",
      expected: { service: "ftp", principal: "archive", attackerIp: null, fields: {} },
    },
    {
      app: "smtp",
      msgId: "auth_attempt",
      params: { src: "192.0.2.77", username: "it@mill.example", ...tried("Harbour-19") },
      secret: "Harbour-19",
      expected: { service: "smtp", principal: "it@mill.example", attackerIp: "192.0.2.77" },
    },
    {
      app: "smtp_relay",
      msgId: "auth_attempt",
      params: { src: "192.0.2.77", principal: "it@mill.example", ...tried("lantern") },
      secret: "lantern",
      expected: { service: "smtp_relay", principal: "it@mill.example" },
    },
    {
      app: "imap",
      msgId: "auth",
      params: { src: "192.0.2.78", principal: "olga", outcome: "failure", ...tried("lantern") },
      secret: "lantern",
      expected: { service: "imap", principal: "olga", outcome: "failure" },
    },
    {
      app: "pop3",
      msgId: "auth",
      params: { src: "192.0.2.78", principal: "olga", outcome: "success", ...tried("lantern") },
      secret: "lantern",
      expected: { service: "pop3", principal: "olga", outcome: "success" },
    },
    {
      app: "redis",
      msgId: "auth",
      params: { src: "198.51.100.9", principal: "cache", ...tried("r3dis!") },
      secret: "r3dis!",
      expected: { service: "redis", principal: "cache" },
    },
    {
      app: "ldap",
      msgId: "bind",
      params: {
        src: "198.51.100.9",
        dn: "cn=app,o=mill",
        principal: "cn=app,o=mill",
        ...tried(""),
      },
      secret: "",
      expected: { service: "ldap", principal: "cn=app,o=mill", fields: {} },
    },
    {
      app: "mqtt",
      msgId: "auth",
      params: { username: "", principal: "", ...tried("valve"), client_id: "c-77", proto: "MQTT" },
      secret: "valve",
      expected: {
        service: "mqtt",
        principal: "",
        attackerIp: null,
        fields: { client_id: "c-77", proto: "MQTT" },
      },
    },
    {
      app: "postgres",
      msgId: "auth",
      params: {
        src: "198.51.100.9",
        username: "ledger",
        principal: "ledger",
        database: "books",
        pw_hash: `md5${md5}`,
        secret_kind: "postgres_md5_challenge",
        secret_printable: `md5${md5}`,
        secret_b64: base64(hex(md5)),
      },
      secret: hex(md5),
      kind: "postgres_md5_challenge",
      expected: { service: "postgresql", principal: "ledger", fields: { database: "books" } },
    },
    {
      app: "mysql",
      msgId: "auth",
      params: {
        src: "198.51.100.9",
        username: "ledger",
        connection_id: "7",
        principal: "ledger",
        secret_kind: "mysql_native_password",
        secret_b64: base64(hex(proof20)),
      },
      secret: hex(proof20),
      kind: "mysql_native_password",
      expected: { service: "mysql", sessionId: null, fields: { connection_id: "7" } },
    },
    {
      app: "mssql",
      msgId: "auth",
      params: { src: "198.51.100.9", principal: "sa", secret_kind: "plaintext", ...tried("Sq|1") },
      secret: "Sq|1",
      expected: { service: "mssql", principal: "sa" },
    },
    {
      app: "vnc",
      msgId: "auth_response",
      params: {
        src: "198.51.100.9",
        response: md5,
        secret_kind: "vnc_des_response",
        secret_b64: base64(hex(md5)),
      },
      secret: hex(md5),
      kind: "vnc_des_response",
      expected: { service: "vnc", principal: null, fields: {} },
    },
    ...["scram_sha1", "scram_sha256", "scram_unknown"].map((kind) => ({
      app: "mongodb",
      msgId: "auth",
      params: {
        src: "198.51.100.9",
        username: "ops",
        principal: "ops",
        mechanism: "SCRAM",
        secret_kind: kind,
        secret_b64: base64(hex(proof20)),
      },
      secret: hex(proof20),
      kind,
      expected: { service: "mongodb", principal: "ops", fields: { mechanism: "SCRAM" } },
    })),
    {
      app: "snmp",
      msgId: "get_request",
      params: {
        src: "203.0.113.40",
        src_port: "40961",
        version: "1",
        community: "workshop",
        oids: "['1.3.6.1.2.1.1.5.0']",
        principal: "None",
        secret_kind: "snmp_community",
        ...tried("workshop"),
      },
      secret: "workshop",
      kind: "snmp_community",
      expected: {
        service: "snmp",
        principal: null,
        fields: { src_port: "40961", version: "1", oids: "['1.3.6.1.2.1.1.5.0']" },
      },
    },
    {
      app: "sip",
      msgId: "request",
      params: {
        src: "203.0.113.40",
        src_port: "5060",
        method: "REGISTER",
        from_: "<sip:300@pbx.example>",
        to: "<sip:301@pbx.example>",
        username: "300",
        auth: `Digest username="300", response="${md5}"`,
        principal: "300",
        secret_kind: "http_digest_md5",
        ...tried(md5),
      },
      secret: md5,
      kind: "http_digest_md5",
      expected: {
        service: "sip",
        principal: "300",
        fields: {
          method: "REGISTER",
          from_: "<sip:300@pbx.example>",
          to: "<sip:301@pbx.example>",
          src_port: "5060",
        },
      },
    },
    ...["http", "https"].map((app) => ({
      app,
      msgId: "request",
      params: {
        method: "POST",
        path: "/login?next=/&pass=Harbour-19",
        remote_addr: "203.0.113.41",
        headers: '{"Host": "[2001:db8::1]", "Authorization": "Basic b2xnYTpIYXJib3VyLTE5"}',
        body: "user=olga&pass=Harbour-19",
        principal: "olga",
        secret_kind: "plaintext",
        ...tried("Harbour-19"),
      },
      secret: "Harbour-19",
      expected: {
        service: app,
        principal: "olga",
        fields: { method: "POST", path: "/login?next=/&pass=***" },
      },
    })),
    ...[
      ["k8s", "request"],
      ["docker_api", "request"],
      ["elasticsearch", "root_probe"],
      ["elasticsearch", "cat_api"],
      ["elasticsearch", "cluster_recon"],
      ["elasticsearch", "nodes_recon"],
      ["elasticsearch", "security_probe"],
      ["elasticsearch", "request"],
      ["elasticsearch", "post_request"],
      ["elasticsearch", "put_request"],
      ["elasticsearch", "delete_request"],
      ["elasticsearch", "head_request"],
    ].map(([app = "", msgId = ""]) => ({
      app,
      msgId,
      params: {
        method: "GET",
        path: "/v1/info",
        remote_addr: "203.0.113.41",
        auth: "Bearer t0k.en-5",
        body: "[]",
        principal: "None",
        secret_kind: "http_bearer",
        ...tried("t0k.en-5"),
      },
      secret: "t0k.en-5",
      kind: "http_bearer",
      expected: {
        service: app,
        principal: null,
        attackerIp: "203.0.113.41",
        fields: { method: "GET", path: "/v1/info" },
      },
    })),
    ...[
      ["smb", "ntlmssp_v1"],
      ["rdp", "ntlmssp_v2"],
    ].map(([app = "", kind = ""]) => ({
      app,
      msgId: "auth_attempt",
      params: {
        src_ip: "203.0.113.42",
        src_port: "50999",
        username: "petr",
        domain: "MILL",
        principal: "MILL\\petr",
        auth_path: "nla",
        secret_kind: kind,
        secret_b64: base64(hex(response24)),
      },
      secret: hex(response24),
      kind,
      expected: {
        service: app,
        principal: "MILL\\petr",
        fields: { username: "petr", domain: "MILL", auth_path: "nla", src_port: "50999" },
      },
    })),
  ]

  it.each(cases)("reads a credential of $app from $msgId ($kind)", (one) => {
    const { secret, ...rest } = capture(line(one.app, one.msgId, one.params))
    expect(rest).toMatchObject({
      sensor: "attic-4",
      observedAt: "2027-08-09T10:11:12.000345Z",
      ...one.expected,
    })
    if (one.expected.fields !== undefined) expect(rest.fields).toEqual(one.expected.fields)
    expect(secret).toMatchObject({
      kind: one.kind ?? "plaintext",
      bytes: Buffer.from(one.secret),
    })
  })

  it("knows all twelve kinds of secret and takes an unknown one as it is named", () => {
    expect(new Set(cases.map(({ kind }) => kind ?? "plaintext")).size).toBe(12)
    const params = { secret_kind: "sha512crypt", ...tried("$6$x$y") }
    expect(capture(line("web", "login", params)).secret?.kind).toBe("sha512crypt")
  })
})

describe("decnet", () => {
  const from = { src: "192.0.2.5" }

  it("takes any record with a secret_b64 for a credential, whatever its message id", () => {
    expect(capture(line("ftp", "-", tried("x1"))).secret?.bytes).toEqual(Buffer.from("x1"))
    expect(capture(line("ftp", "never_seen_before", tried("x1"))).secret?.bytes).toEqual(
      Buffer.from("x1"),
    )
  })

  it.each([
    line("smtp", "ehlo", { ...from, domain: "mill.example" }),
    line("mongodb", "auth_start", { ...from, username: "ops", mechanism: "SCRAM-SHA-1" }),
    '<134>1 2027-08-09T10:11:12Z attic-4 ftp - auth [other@1 secret_b64="eDE="]',
    '<134>1 2027-08-09T10:11:12Z attic-4 ftp - auth - [relay@55555 secret_b64="eDE="]',
    "<86>1 2027-08-09T10:11:12Z attic-4 sshd 401 - - Failed password for olga",
    "<86>1 - - - - - -",
  ])("understands that %j says nothing of credentials", (text) => {
    expect(parse(text)).toEqual(understood)
  })

  it("finds the relay element among others", () => {
    const text = line("ftp", "auth", tried("x1")).replace(
      "[relay",
      '[timeQuality tzKnown="1"][relay',
    )
    expect(capture(text).secret?.bytes).toEqual(Buffer.from("x1"))
  })

  it.each(["not!base64", "a===", "abc", "YWI", "YW=I", "YQ==YQ==", "_-8=", "YR==", " YQ==", "="])(
    "rejects the base64 %j",
    (secret) => {
      expect(parse(line("ftp", "auth", { ...from, secret_b64: secret }))).toEqual({
        rejected: "bad-base64",
      })
    },
  )

  it("takes an empty secret_b64 for an empty secret, not for an absent one", () => {
    const { secret } = capture(line("ldap", "bind", { ...from, secret_b64: "" }))
    expect(secret).toEqual({ kind: "plaintext", bytes: Buffer.from("") })
  })

  it("converts an offset to UTC and keeps microseconds", () => {
    const at = (timestamp: string) =>
      line("ftp", "auth", tried("x1")).replace("2027-08-09T10:11:12.000345+00:00", timestamp)
    expect(capture(at("2027-08-09T01:11:12.7+02:00")).observedAt).toBe(
      "2027-08-08T23:11:12.700000Z",
    )
    expect(capture(at("2027-08-09T10:11:12Z")).observedAt).toBe("2027-08-09T10:11:12.000000Z")
    for (const bad of ["-", "2027-02-30T10:11:12Z", "yesterday"]) {
      expect(parse(at(bad))).toEqual({ rejected: "bad-timestamp" })
    }
  })

  it("takes the source address from the first parameter that has one", () => {
    const names = ["src_ip", "src", "client_ip", "remote_ip", "remote_addr", "target_ip", "ip"]
    const entries = names.map((name, index) => [name, `198.51.100.${index + 1}`] as const)
    for (const [index] of names.entries()) {
      const params = Object.fromEntries([...entries.slice(index)].reverse())
      const { attackerIp } = capture(line("http", "request", { ...params, ...tried("x1") }))
      expect(attackerIp).toBe(`198.51.100.${index + 1}`)
    }
    const said = { src_ip: "", src: "None", client_ip: "Unknown", remote_ip: "198.51.100.4" }
    expect(capture(line("ssh", "auth", { ...said, ...tried("x1") })).attackerIp).toBe(
      "198.51.100.4",
    )
  })

  it.each(["gateway.example", "198.51.100.300", "2001:db8::5::1", "9".repeat(5000)])(
    "keeps an attempt without an address where its source is none, and takes no other for it",
    (src) => {
      const later = { ip: "198.51.100.4" }
      expect(capture(line("smtp", "auth", { src, ...later, ...tried("x1") }))).toMatchObject({
        attackerIp: null,
        secret: { bytes: Buffer.from("x1") },
      })
    },
  )

  it("says that a capture without any source has none", () => {
    for (const params of [{}, { src_ip: "" }]) {
      expect(capture(line("auth-helper", "auth", { ...params, ...tried("x") })).attackerIp).toBe(
        null,
      )
    }
  })

  it("takes the sensor from the host name, and none where that is nil", () => {
    const text = line("ftp", "auth", tried("x1"))
    expect(capture(text).sensor).toBe("attic-4")
    expect(capture(text.replace("attic-4", "-")).sensor).toBe(null)
  })

  it("gives a service a name whatever the application is called", () => {
    expect(capture(line("SMTPD", "auth", tried("x"))).service).toBe("smtpd")
    expect(capture(line("-", "auth", tried("x"))).service).toBe("unknown")
    expect(capture(line("\u00a0", "auth", tried("x"))).service).toBe("unknown")
  })

  it("keeps an outcome that it knows and no other", () => {
    const outcome = (said: string) =>
      capture(line("imap", "auth", { outcome: said, ...tried("x") })).outcome
    expect(["success", "failure", "observed", "None", "SUCCESS", ""].map(outcome)).toEqual([
      "success",
      "failure",
      "observed",
      null,
      null,
      null,
    ])
  })

  it("takes a session only from a parameter that names one", () => {
    const session = (params: Params) =>
      capture(line("mysql", "auth", { ...params, ...tried("x") })).sessionId
    expect(session({ session: "s-1" })).toBe("s-1")
    expect(session({ sid: "s-2", connection_id: "4" })).toBe("s-2")
    expect(session({ connection_id: "4", session: "None" })).toBe(null)
  })

  it("takes the principal from principal, else from username, and keeps an empty one", () => {
    const principal = (params: Params) =>
      capture(line("pop3", "auth", { ...params, ...tried("x") })).principal
    expect(principal({ username: "olga", principal: "OLGA@mill" })).toBe("OLGA@mill")
    expect(principal({ username: "olga" })).toBe("olga")
    expect(principal({ username: "olga", principal: "" })).toBe("")
    expect(principal({})).toBe(null)
  })

  it("keeps no parameter that repeats the secret", () => {
    const secret = "s3ntinel"
    const repeating = Object.fromEntries(
      ["headers", "body", "auth", "pw_hash", "response", "community", "password", "unheard_of"].map(
        (name) => [name, `x=${secret}`],
      ),
    )
    const { fields } = capture(
      line("http", "request", { path: `/a?p=${secret}`, ...repeating, ...tried(secret) }),
    )
    expect(fields).toEqual({ path: "/a?p=***" })
  })

  it("keeps what the docs list, and the query of a path without the secret in any spelling", () => {
    const kept = {
      user_agent: "Tester/1.0",
      src_port: "4021",
      remote_port: "4022",
      method: "GET",
    }
    const path = "/in?u=olga&p=gr%34y+%C5%99&again=gr4y%20\u0159&x=gr4y"
    const { fields } = capture(line("http", "request", { ...kept, path, ...tried("gr4y \u0159") }))
    expect(fields).toEqual({ ...kept, path: "/in?u=olga&p=***&again=***&x=gr4y" })
  })

  it("reads a principal beside bytes that are not UTF-8", () => {
    const text = line("ldap", "bind", { principal: "ji\u0159\u00ed", dn: "RAW", ...tried("x") })
    const [before = "", after = ""] = text.split("RAW")
    const bytes = Buffer.concat([Buffer.from(before), Buffer.of(0xff), Buffer.from(after)])
    expect(parser.parse(SourceRecord.of(bytes))).toMatchObject({
      captures: [{ principal: "ji\u0159\u00ed", fields: { dn: "\u00ff" } }],
    })
  })

  it("reads a record that a log reader put into an envelope, in either form", () => {
    const inner = line("smtp", "auth", { ...from, ...tried("x1") })
    for (const wrapped of [inner, inner.replace("<134>1", "")]) {
      const text = `<14>1 2027-08-09T10:11:13.9+00:00 collector 1 - - - ${wrapped}`
      expect(parse(text)).toEqual(parse(inner))
      expect(capture(text)).toMatchObject({ sensor: "attic-4", service: "smtp" })
      expect(parse(text.slice(0, -3))).toEqual({ rejected: "cut-line" })
    }
  })

  it("takes a message that only resembles an enveloped record for free text", () => {
    for (const message of ["<134>1 and no more", " 2027-08-09T10:11:12Z disk full"]) {
      expect(parse(`<14>1 2027-08-09T10:11:13Z collector 1 - - - ${message}`)).toEqual(understood)
    }
  })

  it("recognises its own lines, enveloped and cut ones too, and nobody else's", () => {
    const ours = line("ftp", "auth", tried("x1"))
    const lines = [
      ours,
      `<14>1 2027-08-09T10:11:13Z collector 1 - - - ${ours}`,
      ours.slice(0, -9),
      "<14>1 2027-08-09T10:11:13Z attic-4 cron - - - tick",
      '{"message":"[relay@55555 x"}',
      ` ${ours}`,
      "",
    ].map((text) => SourceRecord.of(Buffer.from(text)))
    expect(lines.filter(decnet.recognises).length).toBe(3)
  })

  it.prop(
    "gives back any secret and principal, and never throws on what is left of the line",
    { principal: Schema.String, secret: Schema.Uint8Array, cut: Schema.Int },
    ({ principal, secret, cut }) => {
      const text = line("smtp", "auth", {
        ...from,
        principal,
        secret_kind: "opaque",
        secret_b64: base64(secret),
      })
      const whole = parser.parse(SourceRecord.of(Buffer.from(text)))
      expect(whole).toMatchObject({
        captures: [
          {
            principal: principal.toWellFormed(),
            secret: { bytes: Buffer.from(secret) },
          },
        ],
      })
      const part = text.slice(0, 1 + (Math.abs(cut) % (text.length - 1)))
      const parsed = parser.parse(SourceRecord.of(Buffer.from(part)))
      expect(parsed).toHaveProperty("rejected")
    },
  )
})

describe("decnet, where DECNET's own reader goes wrong", () => {
  const from = { src: "192.0.2.5" }

  it("D16: reads a credential whose values contain a closing bracket", () => {
    const text = line("auth-helper", "auth_attempt", {
      username: "o]lga",
      principal: "o]lga",
      ...tried("gr4nit]"),
      src_ip: "192.0.2.5",
    })
    expect(text).toContain('secret_printable="gr4nit\\]"')
    expect(capture(text)).toMatchObject({
      principal: "o]lga",
      attackerIp: "192.0.2.5",
      secret: { bytes: Buffer.from("gr4nit]") },
    })
    const form = { body: "user=olga&tag[]=1&pass=x", headers: '{"Host": "[2001:db8::7]"}' }
    expect(capture(line("http", "request", { ...form, ...tried("x") })).secret?.bytes).toHaveLength(
      1,
    )
    expect(capture(text.replaceAll("\\]", "]")).principal).toBe("o]lga")
  })

  it("D17: reads an SNMP community behind a list of object ids", () => {
    const text = line("snmp", "get_request", {
      ...from,
      oids: "['1.3.6.1.2.1.1.1.0', '1.3.6.1.2.1.1.5.0']",
      principal: "None",
      secret_kind: "snmp_community",
      ...tried("workshop"),
    })
    expect(text).toContain("'\\]\"")
    expect(capture(text).secret).toMatchObject({
      kind: "snmp_community",
      bytes: Buffer.from("workshop"),
    })
  })

  it.each(["ftp", "mqtt"])("D18: leaves the source of %s open where nothing names it", (app) => {
    const source = (message: string) =>
      capture(line(app, "auth", { username: "olga", ...tried("x") }, message)).attackerIp
    expect(source("")).toBe(null)
    expect(source("login of olga at 198.51.100.66")).toBe(null)
    expect(source("login failed from 198.51.100.66, closing")).toBe("198.51.100.66")
    expect(source("login From (2001:DB8:0::5).")).toBe("2001:db8::5")
    expect(source("user=olga src=198.51.100.66 ip=192.0.2.200")).toBe("198.51.100.66")
    expect(source('rhost="198.51.100.66:5021"')).toBe("198.51.100.66")
    expect(source("olga from 198.51.100.66 client 198.51.100.66")).toBe("198.51.100.66")
    expect(source("olga from 192.0.2.1 from 198.51.100.66")).toBe(null)
    expect(source(`from ${":".repeat(100_000)}x`)).toBe(null)
  })

  it("D19: takes the text None for no principal only where the emitter means that", () => {
    const principal = (app: string, params: Params) =>
      capture(line(app, "auth", { ...from, principal: "None", ...params, ...tried("x") })).principal
    expect(principal("redis", {})).toBe(null)
    expect(principal("snmp", { secret_kind: "snmp_community" })).toBe(null)
    expect(principal("k8s", { secret_kind: "http_bearer" })).toBe(null)
    expect(principal("ftp", { username: "None" })).toBe("None")
    expect(principal("http", { secret_kind: "plaintext" })).toBe(null)
    expect(principal("https", { username: "None" })).toBe(null)
    expect(principal("sip", { secret_kind: "http_digest_md5" })).toBe(null)
    expect(principal("ssh", { secret_kind: "plaintext" })).toBe("None")
    expect(principal("redis", { principal: "none" })).toBe("none")
  })

  it.each([
    [{ service: "sshd" }, "", "ssh"],
    [{ pam_service: "login" }, "", "telnet"],
    [{ pam_service: "in.telnetd" }, "", "telnet"],
    [{ tty: "ssh" }, "", "ssh"],
    [{ tty: "/dev/pts/22" }, "", "telnet"],
    [{ port: "22" }, "", "ssh"],
    [{ dst_port: "23" }, "", "telnet"],
    [{ port: "2222" }, "", "unknown"],
    [{}, "sshd[512]: password tried", "ssh"],
    [{}, "remote login by telnet", "telnet"],
    [{}, "", "unknown"],
    [{ service: "ssh", port: "23" }, "", "unknown"],
  ])("D20: auth-helper with %j and the message %j is %s", (hints: Params, message, service) => {
    const params = { username: "ssh", ...from, ...hints, ...tried("telnet") }
    expect(capture(line("auth-helper", "auth_attempt", params, message)).service).toBe(service)
  })

  it.each([
    ["2001:db8::5", "2001:db8::5"],
    ["2001:db8::443", "2001:db8::443"],
    ["2001:DB8:0:0::A", "2001:db8::a"],
    ["[2001:db8::5]:443", "2001:db8::5"],
    ["[2001:db8::5]", "2001:db8::5"],
    ["::ffff:192.0.2.9", "192.0.2.9"],
    ["192.0.2.9:5555", "192.0.2.9"],
  ])("D21: reads the source %s whole", (remote_addr, address) => {
    expect(capture(line("http", "request", { remote_addr, ...tried("x") })).attackerIp).toBe(
      address,
    )
  })

  describe("D22", () => {
    const genuine = (principal: string) =>
      line("ldap", "bind", { ...from, principal, ...tried("true-secret") }).split("\n")
    const forged = line("ldap", "bind", {
      src: "203.0.113.250",
      principal: "framed",
      ...tried("planted"),
    })

    it("keeps both halves of a record that a line feed broke as rejects", () => {
      expect(genuine("cn=x\nou=y").map(parse)).toEqual([
        { rejected: "cut-line" },
        { rejected: "not-a-record" },
      ])
    })

    it("does not believe a record forged inside a value, since its quotes are escaped", () => {
      expect(genuine(`cn=x\n${forged}\n`).map(parse)).toEqual([
        { rejected: "cut-line" },
        { rejected: "bad-structured-data" },
        { rejected: "not-a-record" },
      ])
      const [, enveloped = ""] = genuine(`cn=x\n<14>1 2027-08-09T10:11:13Z h 1 - - - ${forged}`)
      expect(parse(enveloped)).toEqual({ rejected: "bad-structured-data" })
    })

    it("cannot tell a record forged where nothing is escaped from a true one", () => {
      const [first = "", second = ""] = line("ldap", "log", from, `hello\n${forged}`).split("\n")
      expect(parse(first)).toEqual(understood)
      expect(capture(second).principal).toBe("framed")
    })

    it("keeps other control bytes in the value that they are in", () => {
      const principal = 'a\r\u0000\u001b[2K\u0085\u2028" b'
      expect(genuine(principal).map(parse)).toMatchObject([
        { captures: [{ principal, attackerIp: "192.0.2.5", secret: { bytes: { length: 11 } } }] },
      ])
    })
  })

  it("D23: takes the bytes of the secret as they were sent", () => {
    const read = (bytes: Uint8Array) =>
      capture(line("imap", "auth", { secret_b64: base64(bytes) })).secret?.bytes
    for (const bytes of [
      hex("ff00fe"),
      hex("00"),
      Buffer.from(' "quoted" '),
      Buffer.from("\ufffd"),
    ]) {
      expect(read(bytes)).toEqual(bytes)
    }
    expect(read(Buffer.from("word\r"))).toEqual(Buffer.from("word"))
    const long = Buffer.alloc(9000, "y")
    expect(read(long)).toEqual(long)
  })

  it("D23: a lossy rendering beside the secret changes nothing", () => {
    const params = { secret_printable: "??", secret_b64: base64(hex("c3bf")) }
    expect(capture(line("imap", "auth", params)).secret?.bytes).toEqual(Buffer.from("\u00ff"))
  })
})
