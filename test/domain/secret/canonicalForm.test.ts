import { describe, expect, it } from "vitest"
import { canonicalForm } from "../../../src/domain/secret/canonicalForm.ts"

describe("the canonical form of a password", () => {
  it.each([
    ["orchid", "Orchid", "ORCHID1", "0rch1d", "orchid2024!", "Orch!d#99"],
    ["hello", "He11o", "HELLO123", "heiio"],
    ["passwort", "P@ssw0rt", "passwort!!!", "Passw0rt2019"],
    ["ströme", "STRÖME1", "ströme".normalize("NFD")],
  ])("is the same for variants of one: %s", (word, ...variants) => {
    for (const variant of variants) expect(canonicalForm(variant)).toBe(canonicalForm(word))
    expect(canonicalForm(word)).toBeDefined()
  })

  it("is another for another password", () => {
    const forms = ["orchid", "orchids", "torchid", "lotus7a", "9orchid"].map(canonicalForm)
    expect(new Set(forms).size).toBe(forms.length)
  })

  it("is none where too little is left to tell anything", () => {
    for (const short of ["", "root", "abc12", "12345678", "!!!!!!!", "a1234567"]) {
      expect(canonicalForm(short)).toBeUndefined()
    }
  })

  it("is its own form, and no digit or sign at the end changes it", () => {
    const characters = [..."abLlOo04135$@!|78 29#-_éß"]
    let state = 7
    const next = (): number => {
      state = (state * 48_271) % 2_147_483_647
      return state
    }
    let formed = 0
    for (let n = 0; n < 5000; n++) {
      const length = 1 + (next() % 14)
      const text = Array.from({ length }, () => characters[next() % characters.length]).join("")
      const form = canonicalForm(text)
      if (form === undefined) continue
      formed++
      if (form.length >= 5) expect(canonicalForm(form), text).toBe(form)
      expect(canonicalForm(`${text}${next() % 1000}!`), text).toBe(form)
    }
    expect(formed).toBeGreaterThan(2000)
  })
})
