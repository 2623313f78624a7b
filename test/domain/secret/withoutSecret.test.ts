import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { triedSecret } from "../../../src/domain/secret/secret.ts"
import { fieldsWithoutSecret } from "../../../src/domain/secret/withoutSecret.ts"

const password = "kestrel7"
const without = (value: string, secret = password) =>
  fieldsWithoutSecret({ field: value }, triedSecret("plaintext", Buffer.from(secret))).field

describe("fields that repeat a secret", () => {
  it.each([
    ["as text", `/login?p=${password}&x=1`, "/login?p=[secret]&x=1"],
    ["in capitals", `say ${password.toUpperCase()}`, "say [secret]"],
    ["in hexadecimal", Buffer.from(password).toString("hex"), "[secret]"],
    ["in UTF-16 and hexadecimal", Buffer.from(password, "utf16le").toString("hex"), "[secret]"],
    ["in base64", Buffer.from(password).toString("base64"), "[secret]"],
    [
      "in base64 behind a name",
      `Basic ${Buffer.from(`root:${password}`).toString("base64")}`,
      "Basic [secret]",
    ],
    [
      "in base64 behind a slash",
      `/${Buffer.from(`root:${password}`).toString("base64")}`,
      "/[secret]",
    ],
    [
      "in base64 for URLs",
      `t=${Buffer.from(`a:${password}??>`).toString("base64url")}`,
      "t=[secret]",
    ],
    ["as a digest", `md5=${createHash("md5").update(password).digest("hex")};`, "md5=[secret];"],
    [
      "as a digest in capitals",
      createHash("sha256").update(password).digest("hex").toUpperCase(),
      "[secret]",
    ],
  ])("lose it %s", (_, value, left) => {
    expect(without(value)).toBe(left)
  })

  it("keep what only looks like it", () => {
    const agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
    const other = createHash("sha256").update("another").digest("hex")
    const encoded = Buffer.from("root:another word").toString("base64")
    for (const value of [agent, other, encoded]) expect(without(value)).toBe(value)
  })

  it("lose a short secret as a word alone", () => {
    expect(without("a pi in a pipe", "pi")).toBe("a [secret] in a pipe")
    expect(without(Buffer.from("root:pi").toString("base64"), "pi")).toBe("[secret]")
    expect(without(Buffer.from("rootpipe").toString("base64"), "pi")).toBe("cm9vdHBpcGU=")
  })
})
