import { describe, expect, it } from "vitest"
import type { Capture } from "../../../src/domain/capture/capture.ts"
import {
  captureEventId,
  factEventId,
  findingId,
  mintedAttackerUuid,
} from "../../../src/domain/event/ids.ts"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import { isUuid } from "../../../src/domain/event/uuid.ts"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretOf as sealedSecret } from "../../support/sealing.ts"

const secretOf = (text: string, kind = plaintext) => sealedSecret(kind, Buffer.from(text))

const attempt: Capture = {
  observedAt: "2031-01-03T04:05:06.000007Z" as Timestamp, // in the canonical shape
  decky: "decky-01",
  service: "ssh",
  attackerIp: "192.0.2.1",
  sessionId: null,
  principal: "root",
  secret: secretOf("orchid-seven"),
  outcome: "failure",
  fields: {},
}
const later = "2031-01-03T04:05:06.000008Z" as Timestamp // in the canonical shape

describe("the id of a capture", () => {
  it("stays what it is: logs hold ids that earlier versions have written", () => {
    expect(captureEventId(attempt)).toBe("697b7d14-30cc-5f57-a9af-5ff00c35ef33")
  })

  it.each<[string, Partial<Capture>]>([
    ["at another instant", { observedAt: later }],
    ["on another decky", { decky: "decky-02" }],
    ["on another service", { service: "ftp" }],
    ["from another address", { attackerIp: "192.0.2.2" }],
    ["from no address that the log names", { attackerIp: null }],
    ["in a session", { sessionId: "s-1" }],
    ["for another principal", { principal: "admin" }],
    ["for no principal", { principal: null }],
    ["with another secret", { secret: secretOf("orchid-eight") }],
    ["with equal bytes of another kind", { secret: secretOf("orchid-seven", "ntlm_hash") }],
    ["without a secret", { secret: null }],
    ["with an empty secret", { secret: secretOf("") }],
    ["again in the same instant", { sequence: 1 }],
  ])("is another for an attempt %s", (_, differences) => {
    expect(captureEventId({ ...attempt, ...differences })).not.toBe(captureEventId(attempt))
  })

  it.each<[string, Partial<Capture>]>([
    ["what the sensor answered", { outcome: "success" }],
    ["what else is known", { fields: { client: "x" } }],
    ["a sequence that says it is the first", { sequence: 0 }],
  ])("does not depend on %s", (_, differences) => {
    expect(captureEventId({ ...attempt, ...differences })).toBe(captureEventId(attempt))
  })

  it("does not depend on the service within a session", () => {
    const inSession = { ...attempt, sessionId: "s-1" }
    expect(captureEventId({ ...inSession, service: "unknown" })).toBe(captureEventId(inSession))
  })

  it("is the same for an absent and an empty principal, which are one for matching", () => {
    expect(captureEventId({ ...attempt, principal: "" })).toBe(
      captureEventId({ ...attempt, principal: null }),
    )
  })

  it("cannot be forged by moving text from one part to the next", () => {
    const ids = [
      { decky: "ab", sessionId: "c" },
      { decky: "a", sessionId: "bc" },
      { decky: "a", sessionId: "1:bc" },
      { decky: "a1:b", sessionId: "c" },
    ].map((differences) => captureEventId({ ...attempt, ...differences }))
    expect(new Set(ids).size).toBe(4)
  })
})

describe("the id of a finding", () => {
  const key = { secretKind: plaintext, secretDigest: "a0".repeat(32), principal: "root" }

  it("stays what it is", () => {
    expect(findingId(key)).toBe("7fca8915-dad3-5545-a855-9a9c1b58dd91")
  })

  it("is another for another kind, digest or principal", () => {
    const ids = [
      key,
      { ...key, secretKind: "ntlm_hash" },
      { ...key, secretDigest: "b0".repeat(32) },
      { ...key, principal: "" },
    ].map(findingId)
    expect(new Set(ids).size).toBe(4)
  })
})

describe("the UUID minted for an address", () => {
  it("is a UUID, one per address, and stays what it is", () => {
    expect(isUuid(mintedAttackerUuid("192.0.2.1"))).toBe(true)
    expect(mintedAttackerUuid("192.0.2.1")).toBe("2a6f469b-a568-5851-8bd5-048f679beeda")
    expect(mintedAttackerUuid("192.0.2.2")).not.toBe(mintedAttackerUuid("192.0.2.1"))
  })
})

describe("the id of any other fact", () => {
  it("is of its type and what makes it the fact it is, in order", () => {
    const ids = [
      factEventId("attacker.observed", "192.0.2.1"),
      factEventId("attacker.identified", "192.0.2.1"),
      factEventId("attacker.identified", "192.0.2.1", "x"),
      factEventId("attacker.identified", "x", "192.0.2.1"),
      factEventId("attacker.identified", "192.0.2.1x"),
    ]
    expect(new Set(ids).size).toBe(5)
    expect(ids.every(isUuid)).toBe(true)
    expect(factEventId("attacker.observed", "192.0.2.1")).toBe(ids[0])
  })
})
