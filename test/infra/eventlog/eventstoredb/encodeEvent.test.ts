import { describe, expect, it } from "vitest"
import {
  encodeEvent,
  firstWithin,
  sizeOf,
} from "../../../../src/infra/eventlog/eventstoredb/encodeEvent.ts"
import { newEvent } from "../newEvents.ts"

describe("an event for the event store", () => {
  it("has the size that the server counts: data, metadata, and its type twice", () => {
    const type = "credential.test"
    const { event, size } = encodeEvent(
      newEvent({ type, data: { a: "é" }, metadata: { schemaVersion: 1 } }),
    )
    expect(size).toBe('{"a":"é"}'.length + 1 + '{"schemaVersion":1}'.length + 2 * type.length)
    expect(Buffer.from(event.metadata as Uint8Array).toString()).toBe('{"schemaVersion":1}')
  })

  it("is refused where it is not JSON", () => {
    const circular: Array<unknown> = []
    circular.push(circular)
    for (const data of [undefined, () => {}, 1n, circular]) {
      expect(() => encodeEvent(newEvent({ data }))).toThrow(TypeError)
    }
    expect(() => encodeEvent({ ...newEvent(), metadata: undefined } as never)).toThrow(TypeError)
  })
})

describe("what goes into one append", () => {
  const events = ["x", "y", "z"].map((data) => encodeEvent(newEvent({ data })))
  const size = sizeOf(events)
  const one = size / 3

  it("is everything that fits exactly, and not an event more", () => {
    expect(firstWithin(events, size)).toEqual(events)
    expect(firstWithin(events, size - 1)).toEqual(events.slice(0, 2))
    expect(firstWithin(events, 2 * one - 1)).toEqual(events.slice(0, 1))
  })

  it("is at least one event, so that who sends it hears that it is too large", () => {
    expect(firstWithin(events, 1)).toEqual(events.slice(0, 1))
    expect(firstWithin([], 1)).toEqual([])
  })
})
