import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { maxKeptBytes, openedSecret, payloadOf } from "../../../src/infra/secrets/sealedPayload.ts"

describe("the payload of a sealed secret", () => {
  it("gives back the bytes, and how they were logged", () => {
    for (const length of [0, 1, 26, 27, 28, 100, 1000, maxKeptBytes]) {
      const bytes = randomBytes(length)
      const original = Buffer.concat([bytes, Buffer.from("\r")]).subarray(0, maxKeptBytes)
      expect(openedSecret(payloadOf({ kind: "x", bytes }))).toEqual({ bytes, isCut: false })
      expect(openedSecret(payloadOf({ kind: "x", bytes, original }))).toEqual({
        bytes,
        original,
        isCut: false,
      })
    }
  })

  it("says where only the beginning was kept", () => {
    const bytes = randomBytes(maxKeptBytes + 1)
    expect(openedSecret(payloadOf({ kind: "x", bytes }))).toEqual({
      bytes: bytes.subarray(0, maxKeptBytes),
      isCut: true,
    })
  })

  it("has few sizes, so that its size does not tell the length of a password", () => {
    const sizes = new Set<number>()
    for (let length = 0; length <= 27; length++) {
      sizes.add(payloadOf({ kind: "x", bytes: randomBytes(length) }).length)
    }
    expect([...sizes]).toEqual([32])
    for (let length = 0; length <= 256; length++) {
      sizes.add(payloadOf({ kind: "x", bytes: randomBytes(length) }).length)
    }
    expect([...sizes]).toEqual([32, 64, 128, 256, 512])
  })
})
