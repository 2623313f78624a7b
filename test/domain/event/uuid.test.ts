import { describe, expect, it } from "vitest"
import { isUuid, uuidBytes, uuidFromBytes, uuidV5 } from "../../../src/domain/event/uuid.ts"

const dns = uuidBytes("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
const url = uuidBytes("6ba7b811-9dad-11d1-80b4-00c04fd430c8")

describe("a UUID of version 5", () => {
  it("is the one in the test vector of RFC 9562, appendix A.4", () => {
    expect(uuidV5(dns, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2")
  })

  it("is the one that other implementations give", () => {
    expect(uuidV5(dns, "python.org")).toBe("886313e1-3b8a-5372-9b90-0c9aee199e5d")
    expect(uuidV5(url, "http://python.org/")).toBe("4c565f0d-3f5a-5890-b41b-20cf47701c5e")
  })

  it("has its version and variant, whatever the name", () => {
    for (let n = 0; n < 200; n++) {
      expect(uuidV5(dns, `name ${n}`)).toMatch(/^.{14}5.{4}[89ab]/)
      expect(isUuid(uuidV5(dns, `name ${n}`))).toBe(true)
    }
  })

  it("is another in another namespace, for another name, and the same again for the same", () => {
    const ids = [uuidV5(dns, "a"), uuidV5(url, "a"), uuidV5(dns, "b"), uuidV5(dns, "")]
    expect(new Set(ids).size).toBe(4)
    expect(uuidV5(dns, "a")).toBe(ids[0])
  })

  it("is of the UTF-8 of the name", () => {
    expect(uuidV5(dns, "ä")).toBe(uuidV5(dns, Buffer.from([0xc3, 0xa4]).toString("utf8")))
    expect(uuidV5(dns, "ä")).not.toBe(uuidV5(dns, "a\u0308"))
  })
})

describe("the text of a UUID", () => {
  it("is that of its bytes", () => {
    const text = "2ed6657d-e927-568b-95e1-2665a8aea6a2"
    expect(uuidBytes(text)).toHaveLength(16)
    expect(uuidFromBytes(uuidBytes(text))).toBe(text)
    expect(uuidFromBytes(Buffer.concat([uuidBytes(text), Buffer.from("more")]))).toBe(text)
  })

  it("is one in lower case only", () => {
    expect(isUuid("2ed6657d-e927-568b-95e1-2665a8aea6a2")).toBe(true)
    for (const text of [
      "2ED6657D-E927-568B-95E1-2665A8AEA6A2",
      "2ed6657de927568b95e12665a8aea6a2",
      "2ed6657d-e927-568b-95e1-2665a8aea6a",
      "2ed6657d-e927-568b-95e1-2665a8aea6a2\n",
      "{2ed6657d-e927-568b-95e1-2665a8aea6a2}",
      "",
    ])
      expect(isUuid(text)).toBe(false)
  })
})
