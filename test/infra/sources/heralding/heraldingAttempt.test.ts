import { describe, expect, it } from "vitest"
import { captureEventId } from "../../../../src/domain/event/ids.ts"
import { heraldingAuth } from "../../../../src/infra/sources/heralding/heraldingAuth.ts"
import { heraldingSession } from "../../../../src/infra/sources/heralding/heraldingSession.ts"
import type { CaptureDraft, SourceAdapter } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"
import { sealedDraft } from "../../../support/sealing.ts"

interface Attempt {
  readonly username: string | null
  readonly password: string | null
  readonly hash?: string
}

const header =
  "timestamp,auth_id,session_id,source_ip,source_port,destination_ip,destination_port,protocol,username,password,password_hash"
const session = "6f0b9a54-0d4e-4c57-9f0e-0b5d3a7d1c11"
const time = "2026-02-03 04:05:06.700000"

// As Heralding's CSV writer puts it: quoted where need be, and nothing for an absent value.
const cell = (text: string | null | undefined): string =>
  text != null && /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : (text ?? "")

const asCsv = (protocol: string, attempts: ReadonlyArray<Attempt>): string => {
  const rows = attempts.map(({ username, password, hash }, index) => {
    const authId = `00000000-0000-4000-8000-00000000000${index}`
    const values = [username, password, hash].map(cell).join(",")
    return `${time},${authId},${session},192.0.2.7,4022,203.0.113.9,22,${protocol},${values}`
  })
  return [header, ...rows].map((row) => `${row}\r\n`).join("")
}

// Python escapes what is not ASCII.
const asJson = (protocol: string, attempts: ReadonlyArray<Attempt>): string =>
  JSON.stringify({
    timestamp: "2026-02-03 04:05:05.000000",
    duration: 3,
    session_id: session,
    source_ip: "192.0.2.7",
    source_port: 4022,
    destination_ip: "203.0.113.9",
    destination_port: 22,
    protocol,
    num_auth_attempts: attempts.length,
    auth_attempts: attempts.map(({ username, password }) => ({
      timestamp: time,
      username,
      password,
    })),
    session_ended: true,
    auxiliary_data: {},
  }).replace(/[^\x00-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)

const read = (adapter: SourceAdapter, file: string): ReadonlyArray<CaptureDraft> => {
  const parser = adapter.parser({ zone: () => -3_600_000 })
  parser.startFile()
  const drafts: Array<CaptureDraft> = []
  for (const text of file.replace(/\n$/, "").split("\n")) {
    const parsed = parser.parse(SourceRecord.of(Buffer.from(text, "utf8")))
    if ("rejected" in parsed) throw new Error(`${parsed.rejected}: ${text}`)
    drafts.push(...parsed.captures)
  }
  expect(parser.endFile()).toBeUndefined()
  return drafts
}

const id = (draft: CaptureDraft): string => captureEventId({ ...sealedDraft(draft), decky: "d" })

const cases: ReadonlyArray<readonly [string, string, ReadonlyArray<Attempt>]> = [
  ["plain words", "ssh", [{ username: "root", password: "hunter0" }]],
  ["an empty password", "telnet", [{ username: "root", password: "" }]],
  ["an empty user name", "telnet", [{ username: "", password: "hunter0" }]],
  ["no password and no user name", "telnet", [{ username: null, password: null }]],
  ["commas and quotes", "ftp", [{ username: 'a,"b"', password: '",",' }]],
  ["line feeds", "ssh", [{ username: "root", password: "one\n\ntwo,\n" }]],
  ["a carriage return", "ssh", [{ username: "root", password: "hunter0\r" }]],
  ["a carriage return and a line feed inside", "ssh", [{ username: "a", password: "b\r\nc\nd" }]],
  ["a carriage return and a line feed at the end", "ssh", [{ username: "a", password: "b\r\n" }]],
  ["letters beyond ASCII", "ssh", [{ username: "jūratė", password: "Žąsis€权限" }]],
  ["a VNC response", "vnc", [{ username: null, password: null, hash: "{'challenge': 'ab'}" }]],
  ["a cracked VNC password", "vnc", [{ username: null, password: "hunter0" }]],
  ["an SMTP digest", "smtp", [{ username: "mail", password: null }]],
  ["an empty SMTP password", "smtps", [{ username: "mail", password: "" }]],
  ["a MySQL response", "mysql", [{ username: "root", password: "0a1b2c3d" }]],
  [
    "equal attempts in one instant",
    "ftp",
    [
      { username: "a", password: "x" },
      { username: "a", password: "y" },
      { username: "a", password: "x" },
      { username: "a", password: "x" },
    ],
  ],
]

describe("an attempt in Heralding's two files", () => {
  it.each(cases)("comes to the same events: %s", (_, protocol, attempts) => {
    const fromCsv = read(heraldingAuth, asCsv(protocol, attempts))
    const fromJson = read(heraldingSession, asJson(protocol, attempts))
    expect(fromCsv).toHaveLength(attempts.length)
    expect(fromCsv.map(id)).toEqual(fromJson.map(id))
    expect(new Set(fromCsv.map(id)).size).toBe(attempts.length)
  })

  const one = (protocol: string, attempt: Attempt) =>
    read(heraldingSession, asJson(protocol, [attempt]))[0]

  it("has an absent secret where a response to a challenge may be all that was sent", () => {
    expect(one("vnc", { username: null, password: null })?.secret).toBeNull()
    expect(one("smtp", { username: "mail", password: "" })?.secret).toBeNull()
    expect(one("telnet", { username: "root", password: "" })?.secret?.bytes).toHaveLength(0)
    expect(one("ssh", { username: "root", password: null })?.secret?.bytes).toHaveLength(0)
  })

  it("has the bytes of the response as the secret for MySQL", () => {
    expect(one("mysql", { username: "root", password: "0a1B2c" })?.secret).toMatchObject({
      kind: "mysql_native_password",
      bytes: Buffer.from("0a1b2c", "hex"),
    })
    expect(one("mysql", { username: "root", password: "" })?.secret).toMatchObject({
      kind: "plaintext",
      bytes: new Uint8Array(),
    })
    expect(one("postgresql", { username: "root", password: "0a1b2c" })?.secret).toMatchObject({
      kind: "plaintext",
      bytes: Buffer.from("0a1b2c"),
    })
  })

  it("is corrected to UTC, has failed and names no sensor", () => {
    expect(one("ssh", { username: "root", password: "x" })).toMatchObject({
      observedAt: "2026-02-03T03:05:06.700000Z",
      sensor: null,
      service: "ssh",
      attackerIp: "192.0.2.7",
      sessionId: session,
      principal: "root",
      outcome: "failure",
      fields: { sourcePort: "4022", destinationIp: "203.0.113.9", destinationPort: "22" },
    })
  })
})
