import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { boundedCapture, Capture } from "../../../src/domain/capture/capture.ts"
import { captureEventId } from "../../../src/domain/event/ids.ts"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretOf } from "../../support/sealing.ts"

const attempt: Capture = {
  observedAt: "2031-01-03T04:05:06.000007Z" as Timestamp, // in the canonical shape
  decky: "decky-01",
  service: "ssh",
  attackerIp: "192.0.2.1",
  sessionId: null,
  principal: "root",
  secret: secretOf(plaintext, Buffer.from("orchid-seven")),
  outcome: "failure",
  fields: { client: "SSH-2.0-example" },
}
const isCapture = Schema.is(Capture)

describe("a capture", () => {
  it("that says nothing but when and where is one", () => {
    expect(
      isCapture({
        ...attempt,
        attackerIp: null,
        principal: null,
        secret: null,
        outcome: null,
        fields: {},
      }),
    ).toBe(true)
  })

  it.each([
    ["a nameless decky", { decky: "" }],
    ["a nameless service", { service: "" }],
    ["a decky with too long a name", { decky: "d".repeat(257) }],
    ["a time in another spelling", { observedAt: "2031-01-03T04:05:06Z" }],
    ["an outcome nobody knows", { outcome: "maybe" }],
    ["a field that is no text", { fields: { port: 22 } }],
    ["a sequence that is no whole number", { sequence: 1.5 }],
    ["half a surrogate pair in the principal", { principal: "a\ud800" }],
    ["half a surrogate pair in the decky", { decky: "a\udc00" }],
    ["half a surrogate pair in the service", { service: "\ud800a" }],
    ["half a surrogate pair in the address", { attackerIp: "\ud800" }],
  ])("with %s is none", (_, differences) => {
    expect(isCapture({ ...attempt, ...differences })).toBe(false)
  })
})

describe("a bounded capture", () => {
  it("is the capture itself where nothing is long", () => {
    expect(boundedCapture(attempt)).toEqual(attempt)
    expect(boundedCapture({ ...attempt, sequence: 3, sessionId: "s-1" })).toEqual({
      ...attempt,
      sequence: 3,
      sessionId: "s-1",
    })
  })

  const endless = "\u{1f511}x\ud800".repeat(50_000)
  const monstrous: Capture = {
    ...attempt,
    decky: endless,
    service: endless,
    sessionId: endless,
    principal: endless,
    fields: Object.fromEntries(
      Array.from({ length: 1000 }, (_, n) => [`${n} ${endless.slice(0, 1000)}`, endless]),
    ),
  }

  it("is a capture of bounded size, whatever went in", () => {
    const bounded = boundedCapture(monstrous)
    expect(isCapture(bounded)).toBe(true)
    expect(JSON.stringify(bounded).length).toBeLessThan(128 * 1024)
  })

  it("is the same when it is bounded again, so that its id is", () => {
    const bounded = boundedCapture(monstrous)
    expect(boundedCapture(bounded)).toEqual(bounded)
    expect(captureEventId(boundedCapture(bounded))).toBe(captureEventId(bounded))
  })

  it("stays another than one that differs only far behind", () => {
    for (const part of ["decky", "service", "sessionId", "principal"] as const) {
      const other = boundedCapture({ ...monstrous, [part]: `${endless}!` })
      expect(other[part]).not.toBe(boundedCapture(monstrous)[part])
    }
  })

  it("keeps what is absent absent", () => {
    expect(boundedCapture({ ...attempt, sessionId: null, principal: null })).toMatchObject({
      sessionId: null,
      principal: null,
    })
  })
})
