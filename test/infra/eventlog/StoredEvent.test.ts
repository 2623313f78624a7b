import { describe, expect, it, vi } from "vitest"
import { StoredEvent } from "../../../src/infra/eventlog/StoredEvent.ts"

const event = (data: string, metadata = '{"schemaVersion":1}') =>
  new StoredEvent([
    42,
    "capture-cowrie",
    6,
    "0189F7EA4E1B5C3D8F00AABBCCDDEEFF",
    "credential.captured",
    1_700_000_000_000,
    data,
    metadata,
  ])

describe("a stored event", () => {
  it("has everything that a recorded event has", () => {
    expect(event('{"a":[1]}').toJSON()).toEqual({
      position: "0000000000000042",
      stream: "capture-cowrie",
      revision: 6,
      id: "0189f7ea-4e1b-5c3d-8f00-aabbccddeeff",
      type: "credential.captured",
      recordedAt: 1_700_000_000_000,
      data: { a: [1] },
      metadata: { schemaVersion: 1 },
    })
  })

  it("is written as JSON with all its parts", () => {
    const stored = event("null")
    expect(JSON.parse(JSON.stringify(stored))).toEqual(stored.toJSON())
  })

  it("reads its JSON when it is asked for, and keeps nothing of it", () => {
    const parse = vi.spyOn(JSON, "parse")
    const stored = event('{"a":1}')
    expect(parse).not.toHaveBeenCalled()
    expect(stored.data).toEqual({ a: 1 })
    expect(parse).toHaveBeenCalledTimes(1)
    expect(stored.data).not.toBe(stored.data)
    parse.mockRestore()
  })

  it("gives what is not JSON as the text it is", () => {
    const stored = event("not json", "")
    expect(stored.data).toBe("not json")
    expect(stored.metadata).toBe("")
  })
})
