import { describe, expect, it } from "vitest"
import { isMailAddress, withoutMailbox } from "../../../src/domain/secret/mailAddress.ts"

const key = Buffer.alloc(32, 7)

describe("a principal that is a mail address", () => {
  it("keeps its domain, and nothing of the person", () => {
    expect(withoutMailbox(key, "Anna.Berg@Example.org")).toMatch(/^[0-9a-f]{16}@example\.org$/)
  })

  it("is the same for one address however it is written, under one key", () => {
    const known = withoutMailbox(key, "anna@example.org")
    expect(withoutMailbox(key, "ANNA@example.org")).toBe(known)
    expect(withoutMailbox(key, "hanna@example.org")).not.toBe(known)
    expect(withoutMailbox(Buffer.alloc(32, 8), "anna@example.org")).not.toBe(known)
  })

  it.each(["", "root", "root@localhost", "@example.org", "a b@example.org", "a@b@c.org", "a@b."])(
    "is not what is no address: %j",
    (principal) => {
      expect(isMailAddress(principal)).toBe(false)
      expect(withoutMailbox(key, principal)).toBe(principal)
    },
  )
})
