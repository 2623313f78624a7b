import { randomBytes } from "node:crypto"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import type { SecretDigest } from "../../../src/domain/secret/secretDigest.ts"
import {
  keyIdOf,
  openEnvelope,
  rewrapEnvelope,
  sealEnvelope,
} from "../../../src/infra/secrets/envelope.ts"

const digest = "ab".repeat(32) as SecretDigest // 64 hexadecimal digits
const other = "cd".repeat(32) as SecretDigest // likewise
const first = { id: "0011223344556677", key: randomBytes(32) }
const second = { id: "8899aabbccddeeff", key: randomBytes(32) }
const keyOf = (id: string) => [first, second].find((key) => key.id === id)?.key

describe("an envelope", () => {
  it("opens to the bytes that were sealed, whatever they are", () => {
    for (let length = 0; length < 300; length += 7) {
      const bytes = randomBytes(length)
      expect(openEnvelope(keyOf, digest, sealEnvelope(first, digest, bytes))).toEqual(bytes)
    }
  })

  const bytes = Arbitrary.schema(Schema.Uint8Array)

  it.prop("opens to the bytes that were sealed, for all bytes", { bytes }, ({ bytes: sealed }) => {
    const opened = openEnvelope(keyOf, digest, sealEnvelope(first, digest, sealed))
    expect(opened).toEqual(Buffer.from(sealed))
  })

  it.prop(
    "is damaged by a flipped bit, wherever it is",
    { bytes, at: Arbitrary.schema(Schema.Int) },
    ({ bytes: sealed, at }) => {
      const envelope = Buffer.from(sealEnvelope(first, digest, sealed))
      const bit = Math.abs(at) % (8 * envelope.length)
      envelope[bit >> 3] = (envelope[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openEnvelope(keyOf, digest, envelope)).toBeTypeOf("string")
    },
  )

  it("of equal bytes is never the same twice", () => {
    const bytes = Buffer.from("orchid")
    const sealed = [1, 2, 3].map(() => Buffer.from(sealEnvelope(first, digest, bytes)))
    expect(new Set(sealed.map((each) => each.toString("hex"))).size).toBe(3)
  })

  it("does not open when any bit of it is flipped", () => {
    const envelope = sealEnvelope(first, digest, Buffer.from("orchid"))
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const flipped = Buffer.from(envelope)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openEnvelope(keyOf, digest, flipped)).toBeTypeOf("string")
    }
  })

  it("does not open when it is cut short", () => {
    const envelope = sealEnvelope(first, digest, Buffer.from("orchid"))
    for (let length = 0; length < envelope.length; length++) {
      expect(openEnvelope(keyOf, digest, envelope.subarray(0, length))).toBe("damaged")
    }
  })

  it("does not open as the secret of another digest, nor without its key", () => {
    const envelope = sealEnvelope(first, digest, Buffer.from("orchid"))
    expect(openEnvelope(keyOf, other, envelope)).toBe("damaged")
    expect(openEnvelope(() => undefined, digest, envelope)).toBe("unknown-key")
    expect(openEnvelope(() => second.key, digest, envelope)).toBe("damaged")
  })

  it("is rewrapped by another key without a change to the sealed bytes", () => {
    const envelope = sealEnvelope(first, digest, Buffer.from("orchid"))
    const rewrapped = rewrapEnvelope(keyOf, second, digest, envelope)
    if (typeof rewrapped === "string") throw new Error(rewrapped)
    expect(keyIdOf(rewrapped)).toBe(second.id)
    expect(Buffer.from(rewrapped).subarray(-34)).toEqual(Buffer.from(envelope).subarray(-34))
    const onlySecond = (id: string) => (id === second.id ? second.key : undefined)
    expect(openEnvelope(onlySecond, digest, rewrapped)).toEqual(Buffer.from("orchid"))
    expect(openEnvelope(onlySecond, digest, envelope)).toBe("unknown-key")
  })
})
