import { describe, expect, it } from "vitest"
import { credList } from "../../../src/domain/session/credList.ts"
import { distance } from "../../../src/domain/session/distance.ts"
import { passwordRarity } from "../../../src/domain/session/rarity.ts"
import { silent, tried } from "./madeSessions.ts"

const extract = (pairs: ReadonlyArray<string>) =>
  credList.extract({ ...silent, logins: tried(pairs) })
const apart = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  const [left, right] = [extract(a), extract(b)]
  if (left === undefined || right === undefined) throw new Error("not enough data")
  return distance(credList.metric, left.vector, right.vector)
}

const defaults = ["root:xc3511", "root:vizxv", "admin:admin", "root:888888", "root:123456"]
const rare = Array.from({ length: 20 }, (_, n) => `clerk${n}:heron-${n * 7}-lake`)

describe("the rarity of a pair", () => {
  it.each([
    "root:xc3511",
    "admin:",
    "guest:guest",
    "x:12345678",
    "pi:RASPBERRY",
    "a:zzzzz",
    "x:ab",
  ])("is nothing for what everybody tries: '%s'", (pair) => {
    const [user = "", password = ""] = pair.split(":")
    expect(passwordRarity(user, password)).toBe(0)
  })

  it("is little for what everybody tries with something behind it, and all for the rest", () => {
    expect(passwordRarity("root", "root2024")).toBe(0.25)
    expect(passwordRarity("deploy", "admin!!")).toBe(0.25)
    expect(passwordRarity("root", "heron-on-the-lake")).toBe(1)
  })
})

describe("the fingerprint of a list of credentials", () => {
  it("is not there for a default list, however long it is", () => {
    expect(extract(defaults)).toBeUndefined()
    expect(extract([...defaults, ...defaults, "root:root2024", "root:admin1"])).toBeUndefined()
  })

  it("is not there for a few rare pairs, nor for one pair over and over", () => {
    expect(extract(rare.slice(0, 3))).toBeUndefined()
    expect(extract(Array.from({ length: 50 }, () => "root:heron"))).toBeUndefined()
  })

  it("is near for the same rare list, with other defaults around it, and far for another", () => {
    expect(apart([...defaults, ...rare], rare)).toBeCloseTo(0, 6)
    expect(apart(rare, rare.slice(0, 15))).toBeLessThan(0.35)
    expect(
      apart(
        rare,
        rare.map((pair) => `${pair}-2`),
      ),
    ).toBeGreaterThan(0.7)
  })

  it("sees the order, which says less than the pairs", () => {
    const turned = apart(rare, rare.toReversed())
    expect(turned).toBeGreaterThan(0.05)
    expect(turned).toBeLessThan(0.4)
  })

  it("is not made from secrets", () => {
    expect(Object.keys(extract(rare)?.madeFrom ?? {})).toEqual(["pairs", "rarities"])
  })
})
