import { describe, expect, it } from "vitest"
import { triedSecret } from "../../../../src/domain/secret/secret.ts"
import type { ParsedRecord } from "../../../../src/infra/sources/SourceAdapter.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"
import { telnethoney } from "../../../../src/infra/sources/telnethoney/telnethoney.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const secretOf = (text: string) => triedSecret("plaintext", Buffer.from(text, "utf8"))
const none = { captures: [] }

const attempt = {
  timestamp: "2026-01-02T03:04:05.678901+00:00",
  src_ip: "192.0.2.20",
  geo: { country: "Nowhere", country_code: "" },
  username: "pi",
  password: "bl4ckberry",
  command: null,
  http_method: null,
}
const command = { ...attempt, username: null, password: null, command: "uname -a" }
const request = { ...command, command: null, http_method: "GET" }

const parser = telnethoney.parser({ zone: () => 0 })
const parse = (change: object): ParsedRecord =>
  parser.parse(line(JSON.stringify({ ...attempt, ...change })))
const captureOf = (change: object) => {
  const parsed = parse(change)
  return "captures" in parsed ? parsed.captures[0] : undefined
}

describe("telnethoney", () => {
  it("makes a capture of an attempt", () => {
    expect(parse({})).toEqual({
      captures: [
        {
          observedAt: "2026-01-02T03:04:05.678901Z",
          sensor: null,
          service: "telnet",
          attackerIp: "192.0.2.20",
          sessionId: null,
          principal: "pi",
          secret: secretOf("bl4ckberry"),
          outcome: "failure",
          fields: {},
        },
      ],
    })
  })

  it("corrects the time by its offset", () => {
    const timestamp = "2026-01-02T03:04:05.678901+02:00"
    expect(captureOf({ timestamp })?.observedAt).toBe("2026-01-02T01:04:05.678901Z")
  })

  it("keeps apart what is empty and what is absent", () => {
    expect(captureOf({ username: "", password: "" })).toMatchObject({
      principal: "",
      secret: secretOf(""),
    })
    expect(captureOf({ username: null })).toMatchObject({ principal: null })
    expect(captureOf({ password: null })).toMatchObject({ principal: "pi", secret: null })
  })

  it("keeps the raw bytes of a password that is not UTF-8", () => {
    const bytes = Buffer.from(JSON.stringify({ ...attempt, username: "žan", password: "?" }))
    bytes[bytes.indexOf("?")] = 0xff
    expect(parser.parse(SourceRecord.of(bytes))).toMatchObject({
      captures: [{ principal: "žan", secret: triedSecret("plaintext", Buffer.of(0xff)) }],
    })
  })

  it("understands commands, requests and blank lines, and finds nothing in them", () => {
    expect(parse(command)).toEqual(none)
    expect(parse(request)).toEqual(none)
    expect(parser.parse(line(""))).toEqual(none)
  })

  it("says why a line is not understood", () => {
    const whole = JSON.stringify(attempt)
    expect(parser.parse(line(whole.slice(0, 50)))).toEqual({ rejected: "cut-line" })
    expect(parser.parse(line("words"))).toEqual({ rejected: "not-json" })
    expect(parser.parse(line("[]"))).toEqual({ rejected: "not-an-object" })
    for (const name of ["timestamp", "username", "password"]) {
      expect(parse({ [name]: undefined }), name).toEqual({ rejected: "missing-field" })
      expect(parse({ [name]: [7] }), name).toEqual({ rejected: "wrong-type" })
    }
    expect(parse({ timestamp: "yesterday" })).toEqual({ rejected: "bad-timestamp" })
  })

  it("reads passwords of digits that became numbers, and keeps attempts without an address", () => {
    for (const src_ip of ["somewhere", 7, undefined]) {
      expect(parse({ src_ip, username: 7, password: 1234 })).toMatchObject({
        captures: [{ attackerIp: null, principal: "7", secret: { bytes: Buffer.from("1234") } }],
      })
    }
  })

  it("recognises its records by their fields", () => {
    const { command: _, ...other } = attempt
    const texts = [attempt, command, request, other, { ...attempt, eventid: "cowrie.x" }].map(
      (record) => JSON.stringify(record),
    )
    expect(
      [...texts, '{"timestamp": "20', ""].map(line).filter(telnethoney.recognises).length,
    ).toBe(3)
  })
})
