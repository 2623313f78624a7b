import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"

const hook = join(import.meta.dirname, "../../hooks/commit-msg")
const directory = mkdtempSync(join(tmpdir(), "credtrail-hook-"))
afterAll(() => rmSync(directory, { recursive: true }))

const isAccepted = (subject: string): boolean => {
  const file = join(directory, "message")
  writeFileSync(file, `${subject}\n\nWhy.\n`)
  return spawnSync("sh", [hook, file]).status === 0
}

describe("the hook for commit messages", () => {
  it.each([
    "feat(cli): list sessions of an attacker",
    "fix: keep the last line of a log without a line feed",
    "refactor(infra/eventlog)!: drop the old position",
    `docs: ${"x".repeat(66)}`,
    'Revert "feat(cli): list sessions"',
  ])("accepts %s", (subject) => {
    expect(isAccepted(subject)).toBe(true)
  })

  it.each([
    "List sessions of an attacker",
    "feature(cli): list sessions",
    "Feat(cli): list sessions",
    "feat(cli):list sessions",
    "feat(cli): list sessions.",
    `docs: ${"x".repeat(67)}`,
  ])("refuses %s", (subject) => {
    expect(isAccepted(subject)).toBe(false)
  })
})
