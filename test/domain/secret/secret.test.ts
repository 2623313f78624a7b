import { createHash, createHmac } from "node:crypto"
import { describe, expect, it } from "vitest"
import { lengthClass, plaintext, triedSecret } from "../../../src/domain/secret/secret.ts"
import { digestOfSha256, secretDigest } from "../../../src/domain/secret/secretDigest.ts"

const key = Buffer.alloc(32, 7)
const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8")

describe("a tried secret", () => {
  it("loses the line ends at either side of a password, and remembers how it was logged", () => {
    const tried = triedSecret(plaintext, bytes("\r\norchid\r"))
    expect(Buffer.from(tried.bytes).toString()).toBe("orchid")
    expect(Buffer.from(tried.original ?? []).toString()).toBe("\r\norchid\r")
  })

  it("keeps line ends inside a password, and all of those of other kinds", () => {
    expect(triedSecret(plaintext, bytes("a\r\nb")).bytes).toEqual(bytes("a\r\nb"))
    expect(triedSecret("sha1", bytes("\r\n"))).toEqual({ kind: "sha1", bytes: bytes("\r\n") })
  })

  it("has a kind of at most 32 characters", () => {
    expect(triedSecret("k".repeat(40), bytes("x")).kind).toHaveLength(32)
  })
})

describe("a length class", () => {
  it("tells an empty secret from all others, and others only roughly", () => {
    const classes = [0, 1, 7, 8, 15, 16, 31, 32, 63, 64, 5000].map(lengthClass)
    expect(classes).toEqual([
      "0",
      "1-7",
      "1-7",
      "8-15",
      "8-15",
      "16-31",
      "16-31",
      "32-63",
      "32-63",
      "64+",
      "64+",
    ])
  })
})

describe("a secret digest", () => {
  it("is the HMAC of the kind, a zero and the SHA-256 of the bytes", () => {
    const sha256 = createHash("sha256").update("orchid").digest()
    const expected = createHmac("sha256", key)
      .update(Buffer.concat([bytes("plaintext\0"), sha256]))
      .digest("hex")
    expect(secretDigest(key, plaintext, bytes("orchid"))).toBe(expected)
    expect(digestOfSha256(key, plaintext, sha256)).toBe(expected)
  })

  it("differs under another key, for another kind, and for other bytes", () => {
    const digests = [
      secretDigest(key, plaintext, bytes("orchid")),
      secretDigest(Buffer.alloc(32, 8), plaintext, bytes("orchid")),
      secretDigest(key, "sha1", bytes("orchid")),
      secretDigest(key, plaintext, bytes("Orchid")),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })
})
