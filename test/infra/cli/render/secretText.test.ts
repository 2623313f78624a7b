import { describe, expect, it } from "vitest"
import { secretText, shortDigest } from "../../../../src/infra/cli/render/secretText.ts"
import { secretOf } from "../../../support/sealing.ts"

const secret = (content: string | Uint8Array) =>
  secretOf("plaintext", typeof content === "string" ? Buffer.from(content) : content)

describe("a secret that is not revealed", () => {
  it("shows the class of its length, and no character", () => {
    expect(secretText(secret("orchid-seven"))).toBe("•••••• (8-15)")
    expect(secretText(secret("1"))).toBe("•••••• (1-7)")
  })

  it("says that it is empty or that there was none", () => {
    expect(secretText(secret(""))).toBe("(empty)")
    expect(secretText(null)).toBe("(none)")
  })

  it("contains nothing of the secret, whatever its length", () => {
    for (let length = 0; length <= 64; length++) {
      expect(secretText(secret("z".repeat(length)))).not.toContain("z")
    }
  })
})

describe("a revealed secret", () => {
  const revealed = secret("orchid-seven")

  it("is its text", () => {
    expect(secretText({ ...revealed, printable: "orchid-seven" })).toBe("orchid-seven")
    expect(secretText({ ...revealed, printable: "пароль" })).toBe("пароль")
  })

  it("is its text with escapes where it could not be seen", () => {
    const base64 = Buffer.from("a\x1b[31m\u202e").toString("base64")
    expect(secretText({ ...revealed, base64 })).toBe("a\\x1b[31m\\u202e")
  })

  it("is its bytes in base64 where they are no text", () => {
    expect(secretText({ ...revealed, base64: "/wA=" })).toBe("base64:/wA=")
  })

  it("is its beginning where it was too long to be kept", () => {
    expect(secretText({ ...revealed, printable: "xxx", cut: true })).toBe("xxx... (cut)")
  })

  it.each([
    ["not-kept", "not kept here"],
    ["erased", "erased"],
    ["damaged", "damaged"],
    ["unknown-key", "sealed with another key"],
  ] as const)("says why where it is %s", (notRevealed, why) => {
    expect(secretText({ ...revealed, notRevealed })).toBe(`•••••• (${why})`)
  })
})

describe("the digest beside a secret", () => {
  it("is cut to its first twelve digits", () => {
    expect(shortDigest(secret("orchid-seven").digest)).toMatch(/^[0-9a-f]{12}$/)
  })
})
