import { describe, expect, it } from "vitest"
import { ipAddress } from "../../../src/domain/capture/address.ts"

describe("an IP address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    [" 192.0.2.1 ", "192.0.2.1"],
    ["192.0.2.1:5555", "192.0.2.1"],
    ["[192.0.2.1]:25", "192.0.2.1"],
    ["2001:DB8:0:0:0:0:0:5", "2001:db8::5"],
    ["2001:0db8::0005", "2001:db8::5"],
    ["[2001:db8::5]", "2001:db8::5"],
    ["[2001:db8::5]:443", "2001:db8::5"],
    ["2001:db8::5:443", "2001:db8::5:443"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["fe80::1%eth0", "fe80::1"],
    ["[fe80::1%eth0]:22", "fe80::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:C000:0201", "192.0.2.1"],
    ["0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:80", "192.0.2.1"],
    ["64:ff9b::192.0.2.1", "64:ff9b::c000:201"],
    ["::", "::"],
    ["::1", "::1"],
  ])("%s has the one spelling %s", (text, spelling) => {
    expect(ipAddress(text)).toBe(spelling)
    expect(ipAddress(spelling)).toBe(spelling)
  })

  it.each([
    "",
    " ",
    "%",
    "%eth0",
    "[]",
    "[::1",
    "[::1]:",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.01",
    "192.0.2.1:",
    "192.0.2.1:x",
    "2001:db8::5::1",
    "honeypot.example.org",
    "192.0.2.1\u0000",
    "192.0.2.1 198.51.100.1",
    "0x7f.0.0.1",
    "3221225985",
  ])("is not %j", (text) => {
    expect(ipAddress(text)).toBeUndefined()
  })

  it("is refused without being looked at where it is far too long", () => {
    expect(ipAddress(`${"0".repeat(1_000_000)}:192.0.2.1`)).toBeUndefined()
    expect(ipAddress(`fe80::1%${"e".repeat(200)}`)).toBeUndefined()
  })
})
