import { describe, expect, it } from "vitest"
import { heraldingSession } from "../../../../src/infra/sources/heralding/heraldingSession.ts"
import { SourceRecord } from "../../../../src/infra/sources/SourceRecord.ts"

const line = (text: string) => SourceRecord.of(Buffer.from(text, "utf8"))
const parse = (text: string) => heraldingSession.parser({ zone: () => 0 }).parse(line(text))

const attempt = { timestamp: "2026-02-03 04:05:06.700000", username: "root", password: "hunter0" }
const session = {
  timestamp: "2026-02-03 04:05:05.000000",
  duration: 3,
  session_id: "6f0b9a54-0d4e-4c57-9f0e-0b5d3a7d1c11",
  source_ip: "2001:DB8:0::7",
  source_port: 4022,
  destination_ip: "203.0.113.9",
  destination_port: 21,
  protocol: "ftp",
  num_auth_attempts: 1,
  auth_attempts: [attempt],
  session_ended: true,
  auxiliary_data: {},
}
const json = (changes: Record<string, unknown>) => JSON.stringify({ ...session, ...changes })
const oneAttempt = (changes: Record<string, unknown>) =>
  json({ auth_attempts: [attempt, { ...attempt, ...changes }] })

describe("heraldingSession", () => {
  it("makes a capture of every attempt of a session", () => {
    const second = { ...attempt, timestamp: "2026-02-03 04:05:07.000001", password: "x" }
    const parsed = parse(json({ auth_attempts: [attempt, second] }))
    expect(parsed).toMatchObject({
      captures: [
        { observedAt: "2026-02-03T04:05:06.700000Z", secret: { bytes: Buffer.from("hunter0") } },
        { observedAt: "2026-02-03T04:05:07.000001Z", secret: { bytes: Buffer.from("x") } },
      ],
    })
    expect(parsed).toMatchObject({ captures: [{ attackerIp: "2001:db8::7" }, {}] })
  })

  it("numbers equal attempts of one instant", () => {
    const parsed = parse(json({ auth_attempts: [attempt, attempt] }))
    const captures = "captures" in parsed ? parsed.captures : []
    expect(captures.map(({ sequence }) => sequence)).toEqual([undefined, 1])
  })

  it("takes nothing from a session without attempts", () => {
    expect(parse(json({ auth_attempts: [], protocol: "rdp" }))).toEqual({ captures: [] })
    expect(parse("")).toEqual({ captures: [] })
  })

  it.each([
    ["attempts that are no list", json({ auth_attempts: 1 }), "wrong-type"],
    ["no attempts at all", json({ auth_attempts: undefined }), "missing-field"],
    ["an attempt that is none", json({ auth_attempts: [attempt, null] }), "wrong-type"],
    ["a fraction as password", oneAttempt({ password: 1.5 }), "wrong-type"],
    ["a list as user name", oneAttempt({ username: [7] }), "wrong-type"],
    ["no password field", oneAttempt({ password: undefined }), "missing-field"],
    ["no time in an attempt", oneAttempt({ timestamp: undefined }), "missing-field"],
    ["a time that is none", oneAttempt({ timestamp: "2026-02-30 00:00:00" }), "bad-timestamp"],
    ["a time that is no text", oneAttempt({ timestamp: 1 }), "wrong-type"],
    ["no session", json({ session_id: undefined }), "missing-field"],
    ["a session that is no text", json({ session_id: 5 }), "wrong-type"],
    ["no protocol", json({ protocol: undefined }), "missing-field"],
    ["an empty protocol", json({ protocol: "" }), "missing-field"],
    ["its end missing", json({}).slice(0, -9), "cut-line"],
    ["a list", "[]", "not-an-object"],
    ["no JSON", "session", "not-json"],
  ])("rejects a line as a whole that has %s", (_, text, reason) => {
    expect(parse(text)).toEqual({ rejected: reason })
  })

  it("reads passwords of digits that became numbers, and keeps attempts without an address", () => {
    const text = oneAttempt({ username: 7, password: 123456 }).replace(
      "2001:DB8:0::7",
      "2001:db8::x",
    )
    expect(parse(text)).toMatchObject({
      captures: [
        { attackerIp: null, principal: "root" },
        { attackerIp: null, principal: "7", secret: { bytes: Buffer.from("123456") } },
      ],
    })
  })

  it("recognises its lines and no others", () => {
    const foreign = [
      '{"auth_attempts":1,"session_id":"x"}',
      json({}).slice(0, 50),
      "{}",
      "timestamp,",
    ]
    expect(
      [json({}), json({ auth_attempts: [] })].map(line).filter(heraldingSession.recognises).length,
    ).toBe(2)
    expect(foreign.map(line).filter(heraldingSession.recognises).length).toBe(0)
  })
})
