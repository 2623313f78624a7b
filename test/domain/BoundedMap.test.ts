import { expect, it } from "vitest"
import { BoundedMap } from "../../src/domain/BoundedMap.ts"

it("a bounded map keeps what was set last, and nothing beyond its limit", () => {
  const map = new BoundedMap<string, number>(3)
  for (const [n, key] of ["a", "b", "c"].entries()) map.set(key, n)
  map.set("a", 10)
  map.set("d", 3)
  expect(["a", "b", "c", "d"].map((key) => map.get(key))).toEqual([10, undefined, 2, 3])
  map.clear()
  expect(map.get("d")).toBeUndefined()
})
