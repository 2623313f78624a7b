import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import commonPasswords from "../../../src/domain/secret/commonPasswords.json" with { type: "json" }
import { passwordRating, ratingOf } from "../../../src/domain/secret/passwordRating.ts"
import type { RatingClass } from "../../../src/domain/secret/rating.ts"
import { lengthClass } from "../../../src/domain/secret/secret.ts"

const text = Arbitrary.schema(Schema.String)

describe("rating a password", () => {
  it.each<readonly [string, string, RatingClass]>([
    ["root", "", "empty"],
    ["root", "123456", "list"],
    ["root", "PASSWORD", "list"],
    ["root", "root", "principal"],
    ["root", "toor", "principal"],
    ["oracle", "oracle2031", "principal"],
    ["administrator", "admini", "principal"],
    ["root", "tlJwpbo6", "default"],
    ["pi", "kestrelkestrel", "repeat"],
    ["pi", "20310214", "date"],
    ["pi", "14.02.1988", "date"],
    ["pi", "2031", "date"],
    ["pi", "#EDC4rfv", "walk"],
    ["pi", "fghjklzxcvbn", "walk"],
    ["pi", "P@ssw0rd!!", "variant"],
    ["pi", "dragon@2031", "variant"],
    ["pi", "plinthquoll", "none"],
    ["pi", "vQ7ueL2xoZ", "none"],
  ])("of %s, %s, says that it is of the class of %s", (principal, password, expected) => {
    expect(passwordRating(principal, password).class).toBe(expected)
  })

  it.each([
    ["a list word less than its variant", "dragon", "dragon77!"],
    ["a common word less than a rare one", "123456", "xsvnd4b2"],
    ["a variant less than letters drawn at random", "dragon77!", "gdnaro7!7"],
    ["a short one less than a long one", "vQ7ue", "vQ7ueL2xoZ"],
    ["a straight walk less than one with turns", "qwertyuiopasd", "qwedcvgtrewq1"],
  ])("rates %s", (_, less, more) => {
    expect(passwordRating("pi", less).bits).toBeLessThan(passwordRating("pi", more).bits)
  })

  it("rates the principal's own name least, whatever it is", () => {
    expect(passwordRating("vQ7ueL2xoZ", "vQ7ueL2xoZ").bits).toBe(1)
    expect(passwordRating("vQ7ueL2xoZ", "ZoxL2Leu7Qv").bits).toBeGreaterThan(10)
  })

  it.prop(
    "gives every pair of texts between 0 and 64 bits, to one decimal, the same each time",
    { principal: text, password: text },
    ({ principal, password }) => {
      const rating = passwordRating(principal, password)
      expect(rating.bits).toBeGreaterThanOrEqual(0)
      expect(rating.bits).toBeLessThanOrEqual(64)
      expect(Math.round(rating.bits * 10) / 10).toBe(rating.bits)
      expect(passwordRating(principal, password)).toEqual(rating)
    },
  )

  it.prop(
    "never rates a pair higher because of the principal",
    { principal: text, password: text },
    ({ principal, password }) => {
      const { bits } = passwordRating(principal, password)
      expect(bits).toBeLessThanOrEqual(passwordRating("", password).bits)
    },
  )
})

describe("rating a secret", () => {
  const bytes = Buffer.from("123456")
  const ratedAs = (password: string) => ratingOf("root", "plaintext", Buffer.from(password))

  it("tells hundreds of list words apart in a few coarse steps, so that none is known by its rating", () => {
    const alike = new Map<string, number>()
    const words = commonPasswords.passwords.split(" ")
    const ofUsualLength = words.filter(({ length }) => length < 16)
    for (const word of ofUsualLength) {
      const rating = ratedAs(word)
      if (rating?.class !== "list") continue
      const shown = `${rating.bits} bits, ${lengthClass(word.length)}`
      alike.set(shown, (alike.get(shown) ?? 0) + 1)
    }
    expect(alike.size).toBeGreaterThan(1)
    for (const [shown, count] of alike) expect([shown, count > 1000]).toEqual([shown, true])
  })

  it("counts everything that a short search finds as twelve bits, and an empty secret as none", () => {
    expect(ratedAs("123456")?.bits).toBe(12)
    expect(ratedAs("root")?.bits).toBe(12)
    expect(ratedAs("")).toMatchObject({ bits: 0, class: "empty" })
    expect(ratedAs("vQ7ueL2xoZ")?.bits).toBe(
      4 * Math.floor(passwordRating("root", "vQ7ueL2xoZ").bits / 4),
    )
  })

  it("rates what people type", () => {
    expect(ratingOf(null, "plaintext", bytes)?.class).toBe("list")
    expect(ratingOf(null, "snmp_community", Buffer.from("public"))?.class).toBe("list")
  })

  it("takes a public key for what nobody guesses", () => {
    expect(ratingOf("root", "ssh_public_key", bytes)).toMatchObject({ bits: 64, class: "key" })
  })

  it("says nothing of the response to a challenge", () => {
    expect(ratingOf("root", "ntlmssp_v2", bytes)).toBeUndefined()
  })

  it("rates bytes that are no UTF-8", () => {
    expect(ratingOf("root", "plaintext", Uint8Array.of(0xff, 0, 0x41))?.class).toBe("none")
  })
})
