import { describe, expect, it } from "vitest"
import { jsonObject } from "../../../src/infra/sources/jsonObject.ts"

describe("jsonObject", () => {
  it("answers the object of a line", () => {
    expect(jsonObject('{"a": 1, "b": null}')).toEqual({ a: 1, b: null })
    expect(jsonObject(' {"a":[]} ')).toEqual({ a: [] })
  })

  it("calls an object without its end a cut line", () => {
    expect(jsonObject('{"a": "half of a pass')).toBe("cut-line")
    expect(jsonObject("{")).toBe("cut-line")
    expect(jsonObject('  {"a": 1, ')).toBe("cut-line")
  })

  it("calls everything else that does not parse no JSON", () => {
    expect(jsonObject("plain words")).toBe("not-json")
    expect(jsonObject('{"a": 1, b}')).toBe("not-json")
    expect(jsonObject('{"a": {"b": 1}{"c": 2}')).toBe("not-json")
    expect(jsonObject("[1, 2")).toBe("not-json")
    expect(jsonObject("")).toBe("not-json")
    expect(jsonObject("\u0000\u0000")).toBe("not-json")
  })

  it("tells other JSON from an object", () => {
    for (const text of ["[]", '[{"a": 1}]', "null", "7", '"words"', "true"]) {
      expect(jsonObject(text)).toBe("not-an-object")
    }
  })
})
