import { describe, expect, it } from "vitest"
import type { Capture } from "../../../src/domain/capture/capture.ts"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import { reuseKeyName, reuseKeyOf } from "../../../src/domain/finding/reuseKey.ts"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretOf } from "../../support/sealing.ts"

const secret = secretOf(plaintext, Buffer.from("orchid-seven"))
const attempt: Capture = {
  observedAt: "2031-01-03T04:05:06.000007Z" as Timestamp, // in the canonical shape
  decky: "decky-01",
  service: "ssh",
  attackerIp: "192.0.2.1",
  sessionId: null,
  principal: "root",
  secret,
  outcome: null,
  fields: {},
}

describe("a reuse key", () => {
  it("is the kind and the digest of the secret, and the principal", () => {
    expect(reuseKeyOf(attempt)).toEqual({
      secretKind: "plaintext",
      secretDigest: secret.digest,
      principal: "root",
    })
  })

  it("is the same wherever, whenever and by whom the credential was tried", () => {
    const elsewhere: Capture = {
      ...attempt,
      observedAt: "2032-01-03T04:05:06.000007Z" as Timestamp, // in the canonical shape
      decky: "decky-02",
      service: "ftp",
      attackerIp: null,
      outcome: "success",
    }
    expect(reuseKeyOf(elsewhere)).toEqual(reuseKeyOf(attempt))
  })

  it("has the empty principal where there is none", () => {
    const absent = reuseKeyOf({ ...attempt, principal: null })
    expect(absent.principal).toBe("")
    expect(reuseKeyOf({ ...attempt, principal: "" })).toEqual(absent)
  })

  it("tells an absent secret from an empty one", () => {
    const empty = secretOf(plaintext, new Uint8Array())
    expect(reuseKeyOf({ ...attempt, secret: null })).toMatchObject({
      secretKind: "",
      secretDigest: "",
    })
    expect(reuseKeyOf({ ...attempt, secret: empty })).toMatchObject({
      secretKind: "plaintext",
      secretDigest: empty.digest,
    })
  })
})

describe("the name of a reuse key", () => {
  it("is another for every other key", () => {
    const digest = "a0".repeat(32)
    const keys = [
      { secretKind: "", secretDigest: "", principal: "" },
      { secretKind: "", secretDigest: "", principal: "root" },
      { secretKind: "plaintext", secretDigest: digest, principal: "" },
      { secretKind: "plaintext", secretDigest: digest, principal: "root" },
      { secretKind: "plaintext", secretDigest: digest, principal: "\0root" },
      { secretKind: "plaintextroot", secretDigest: digest, principal: "" },
      { secretKind: "plaintext\0", secretDigest: digest, principal: "root" },
      { secretKind: "p", secretDigest: digest, principal: "laintextroot" },
      { secretKind: "plaintext", secretDigest: "b0".repeat(32), principal: "root" },
    ]
    expect(new Set(keys.map(reuseKeyName)).size).toBe(keys.length)
  })
})
