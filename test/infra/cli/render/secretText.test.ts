import { describe, expect, it } from "vitest"
import { makeSecret } from "../../../../src/domain/secret/secret.ts"
import {
  maskSecret,
  maskSecretIn,
  secretText,
  shortSha256,
} from "../../../../src/infra/cli/render/secretText.ts"

const secret = (content: string | Uint8Array) =>
  makeSecret("plaintext", typeof content === "string" ? Buffer.from(content) : content)

describe("a masked secret", () => {
  it("shows its first character and its length in bytes", () => {
    expect(secretText(secret("orchid-seven"), false)).toBe("o•••••• (12)")
  })

  it.each(["1", "1234", "hunter2"])("shows nothing of one as short as %s", (short) => {
    expect(secretText(secret(short), false)).toBe("•••••• (<8)")
  })

  it("says that it is empty or that there was none", () => {
    expect(secretText(secret(""), false)).toBe("(empty)")
    expect(secretText(null, false)).toBe("(none)")
  })

  it("shows no byte of one that is no text", () => {
    expect(secretText(secret(Uint8Array.from({ length: 16 }, () => 0xfe)), false)).toBe(
      "•••••• (16)",
    )
  })

  it("shows a first character that cannot be seen as an escape", () => {
    expect(secretText(secret(" orchids!"), false)).toBe("\\x20•••••• (9)")
  })

  it("contains no more of the secret than that, whatever its length", () => {
    for (let length = 0; length <= 64; length++) {
      expect(secretText(secret("z".repeat(length)), false)).not.toContain("zz")
    }
  })
})

describe("a revealed secret", () => {
  it("is its text", () => {
    expect(secretText(secret("orchid-seven"), true)).toBe("orchid-seven")
    expect(secretText(secret("пароль"), true)).toBe("пароль")
  })

  it("is its text with escapes where it could not be seen", () => {
    expect(secretText(secret("a\x1b[31m\u202e"), true)).toBe("a\\x1b[31m\\u202e")
  })

  it("is its bytes in base64 where they are no text", () => {
    expect(secretText(secret(Uint8Array.of(0xff, 0x00)), true)).toBe("base64:/wA=")
  })

  it("is its beginning and its length where it was too long to be kept", () => {
    expect(secretText(secret("x".repeat(5000)), true)).toBe(`${"x".repeat(512)}... (5000 bytes)`)
    const { kind, sha256, length } = secret("x".repeat(5000))
    expect(secretText({ kind, sha256, length }, true)).toBe("(5000 bytes, not kept)")
  })
})

describe("the digest beside a secret", () => {
  it("is cut to its first twelve digits", () => {
    expect(shortSha256(secret("orchid-seven").sha256)).toMatch(/^[0-9a-f]{12}$/)
  })
})

describe("a masked secret in JSON", () => {
  const withAll = { ...secret(Uint8Array.of(0xff, 0x41)), originalBase64: "/0EN" }

  it("keeps kind, digest and length, and no byte in any form", () => {
    const { kind, sha256, length } = withAll
    expect(maskSecret(withAll, false)).toEqual({ kind, sha256, length })
  })

  it("is whole when it is revealed", () => {
    expect(maskSecret(withAll, true)).toEqual(withAll)
  })

  it("is masked inside what has it, and stays absent where it is", () => {
    expect(maskSecretIn({ decky: "d1", secret: withAll }, false)).toEqual({
      decky: "d1",
      secret: maskSecret(withAll, false),
    })
    expect(maskSecretIn({ decky: "d1", secret: null }, false)).toEqual({
      decky: "d1",
      secret: null,
    })
  })
})
