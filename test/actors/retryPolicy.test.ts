import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import {
  backoffDelay,
  failuresAfter,
  movedPolicy,
  nextStep,
  noFailures,
  retryPolicy,
} from "../../src/actors/retryPolicy.ts"
import { failureOf } from "./controllableWork.ts"

describe("backoffDelay", () => {
  it("doubles from the first delay up to the greatest", () => {
    const policy = { first: 100, max: 1_000 }
    const delays = [1, 2, 3, 4, 5, 6].map((failures) => backoffDelay(policy, failures))
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it("stays at the greatest, however many failures there were", () => {
    expect(backoffDelay({ first: 1, max: 60_000 }, 10_000)).toBe(60_000)
  })
})

describe("the retry policy", () => {
  it("waits at least half an hour in all before it gives up", () => {
    const delays = Array.from({ length: retryPolicy.limit }, (_, failed) =>
      backoffDelay(retryPolicy, failed + 1),
    )
    expect(delays.reduce((sum, delay) => sum + delay)).toBeGreaterThan(30 * 60_000)
  })

  it("ends with nothing to remember where the work succeeded", () => {
    const before = failuresAfter(noFailures, Exit.fail(failureOf("retry")))
    expect(nextStep(before, Exit.void)).toBe("finish")
    expect(failuresAfter(before, Exit.void)).toEqual(noFailures)
  })

  it.each([
    ["moved", "startAgain"],
    ["retry", "backOff"],
    ["wait", "backOff"],
    ["poison", "quarantine"],
    ["fatal", "giveUp"],
  ] as const)("answers a first failure of class %s with %s", (of, step) => {
    expect(nextStep(noFailures, Exit.fail(failureOf(of)))).toBe(step)
  })

  it("takes a bug for something that another try may mend, and keeps its message", () => {
    const exit = Exit.die(new Error("a bug"))
    expect(nextStep(noFailures, exit)).toBe("backOff")
    expect(failuresAfter(noFailures, exit).failure).toEqual({ class: "defect", message: "a bug" })
    expect(failuresAfter(noFailures, Exit.die("text")).failure?.message).toBe("text")
  })

  it("counts moved checkpoints apart from failures", () => {
    const moved = Exit.fail(failureOf("moved"))
    let failures = failuresAfter(noFailures, Exit.fail(failureOf("retry")))
    for (let move = 0; move < movedPolicy.atOnce; move++) {
      expect(nextStep(failures, moved)).toBe("startAgain")
      failures = failuresAfter(failures, moved)
    }
    expect(failures).toMatchObject({ failures: 1, moves: movedPolicy.atOnce })
    expect(nextStep(failures, moved)).toBe("backOff")
    expect(failuresAfter(failures, moved).delay).toBe(movedPolicy.first)
  })
})
