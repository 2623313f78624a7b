import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { makeAppendSignal } from "../../../src/infra/eventlog/AppendSignal.ts"

const waiting = (wait: Effect.Effect<void>) => Effect.runFork(wait)
const isOver = (fiber: Fiber.Fiber<void>): boolean => fiber.pollUnsafe() !== undefined

describe("a signal that a log was appended to", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it("wakes all who wait, and leaves no timer behind", () => {
    const signal = makeAppendSignal(() => 1)
    const fibers = [1, 2, 3].map(() => waiting(signal.after(signal.seen())))
    expect(fibers.map(isOver)).toEqual([false, false, false])
    expect(vi.getTimerCount()).toBe(1)
    signal.announce()
    expect(fibers.map(isOver)).toEqual([true, true, true])
    expect(vi.getTimerCount()).toBe(0)
  })

  it("does not let those wait who missed an append", () => {
    const signal = makeAppendSignal(() => 1)
    const seen = signal.seen()
    signal.announce()
    expect(isOver(waiting(signal.after(seen)))).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("sees the appends of others while somebody waits", () => {
    let version = 1
    const signal = makeAppendSignal(() => version)
    const fiber = waiting(signal.after(signal.seen()))
    vi.advanceTimersByTime(1_000)
    expect(isOver(fiber)).toBe(false)
    version = 2
    vi.advanceTimersByTime(1_000)
    expect(isOver(fiber)).toBe(true)
    expect(vi.getTimerCount()).toBe(0)
  })

  it("sees the appends of others at once when it is told to look", () => {
    let version = 1
    const signal = makeAppendSignal(() => version)
    const fiber = waiting(signal.after(signal.seen()))
    signal.look()
    expect(isOver(fiber)).toBe(false)
    version = 2
    signal.look()
    expect(isOver(fiber)).toBe(true)
  })

  it("sees the appends of others when asked", () => {
    let version = 1
    const signal = makeAppendSignal(() => version)
    const seen = signal.seen()
    version = 2
    expect(signal.seen()).toBeGreaterThan(seen)
    expect(isOver(waiting(signal.after(seen)))).toBe(true)
  })

  it("lets those who are interrupted go, and drops the timer with the last", async () => {
    const signal = makeAppendSignal(() => 1)
    const [one, two] = [waiting(signal.after(0)), waiting(signal.after(0))]
    await Effect.runPromise(Fiber.interrupt(one))
    expect(vi.getTimerCount()).toBe(1)
    expect(isOver(two)).toBe(false)
    await Effect.runPromise(Fiber.interrupt(two))
    expect(vi.getTimerCount()).toBe(0)
  })

  it("needs no timer where there are no others", () => {
    const signal = makeAppendSignal()
    const fiber = waiting(signal.after(signal.seen()))
    expect(vi.getTimerCount()).toBe(0)
    signal.announce()
    expect(isOver(fiber)).toBe(true)
  })

  it("wakes those who wait when it can no longer ask", () => {
    let broken = false
    const signal = makeAppendSignal(() => {
      if (broken) throw new Error("closed")
      return 1
    })
    const fiber = waiting(signal.after(signal.seen()))
    broken = true
    vi.advanceTimersByTime(1_000)
    expect(isOver(fiber)).toBe(true)
  })

  it("lets who was woken wait again at once", () => {
    const signal = makeAppendSignal()
    let wakings = 0
    const fiber = waiting(
      Effect.gen(function* () {
        for (;;) {
          yield* signal.after(signal.seen())
          wakings++
        }
      }),
    )
    signal.announce()
    signal.announce()
    expect(wakings).toBe(2)
    expect(isOver(fiber)).toBe(false)
    fiber.interruptUnsafe()
  })
})
