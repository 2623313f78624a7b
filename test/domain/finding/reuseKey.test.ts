import { describe, expect, it } from "vitest"
import type { Capture } from "../../../src/domain/capture/capture.ts"
import type { Timestamp } from "../../../src/domain/event/timestamp.ts"
import { reuseKeyName, reuseKeyOf } from "../../../src/domain/finding/reuseKey.ts"
import { makeSecret, plaintext } from "../../../src/domain/secret/secret.ts"

const secret = makeSecret(plaintext, Buffer.from("orchid-seven"))
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
      secretSha256: secret.sha256,
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
    const empty = makeSecret(plaintext, new Uint8Array())
    expect(reuseKeyOf({ ...attempt, secret: null })).toMatchObject({
      secretKind: "",
      secretSha256: "",
    })
    expect(reuseKeyOf({ ...attempt, secret: empty })).toMatchObject({
      secretKind: "plaintext",
      secretSha256: empty.sha256,
    })
  })
})

describe("the name of a reuse key", () => {
  it("is another for every other key", () => {
    const digest = "a0".repeat(32)
    const keys = [
      { secretKind: "", secretSha256: "", principal: "" },
      { secretKind: "", secretSha256: "", principal: "root" },
      { secretKind: "plaintext", secretSha256: digest, principal: "" },
      { secretKind: "plaintext", secretSha256: digest, principal: "root" },
      { secretKind: "plaintext", secretSha256: digest, principal: "\0root" },
      { secretKind: "plaintextroot", secretSha256: digest, principal: "" },
      { secretKind: "plaintext\0", secretSha256: digest, principal: "root" },
      { secretKind: "p", secretSha256: digest, principal: "laintextroot" },
      { secretKind: "plaintext", secretSha256: "b0".repeat(32), principal: "root" },
    ]
    expect(new Set(keys.map(reuseKeyName)).size).toBe(keys.length)
  })
})
