import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { sha256Hex } from "../../../src/domain/event/digest.ts"
import { answer, credtrail, ingestFleet, temporary } from "./credtrail.ts"

const patience = 120_000
const directory = temporary()
const data = join(directory, "fleet")
beforeAll(() => ingestFleet(data), patience)

const said = (...args: ReadonlyArray<string>) => credtrail("what-if", ...args, "--data", data)
const asked = (...args: ReadonlyArray<string>) =>
  answer("what-if", "--limit", "1000", ...args, "--data", data)

interface Finding {
  readonly id: string
  readonly targetCount: number
  readonly attackerCount: number
  readonly attemptCount: number
}

const totals = ({ targetCount, attackerCount, attemptCount }: Omit<Finding, "id">) => ({
  targetCount,
  attackerCount,
  attemptCount,
})

const findingsIn = async (place: string): Promise<Readonly<Record<string, unknown>>> => {
  const { findings } = await answer("findings", "--limit", "1000", "--data", place)
  return Object.fromEntries(findings.map((one: Finding) => [one.id, totals(one)]))
}

interface Example {
  readonly id: string
  readonly whatIf: Finding
}

/** The findings there would be, from those there are and an outcome. */
const wouldBe = async (
  outcome: {
    readonly [K in "appear" | "disappear" | "change"]: { readonly examples: ReadonlyArray<Example> }
  },
): Promise<Readonly<Record<string, unknown>>> => {
  const after: Record<string, unknown> = { ...(await findingsIn(data)) }
  for (const { id } of outcome.disappear.examples) delete after[id]
  for (const { id, whatIf } of [...outcome.appear.examples, ...outcome.change.examples]) {
    after[id] = totals(whatIf)
  }
  return after
}

/** The bytes of every file that holds data, not of what SQLite keeps next to while it is open. */
const filesIn = (place: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/-(wal|shm)$/.test(entry.name))
      .map(({ parentPath, name }) => [name, sha256Hex(readFileSync(join(parentPath, name)))]),
  )

describe("credtrail what-if", () => {
  it(
    "gives the findings that there are where that policy was in force from the beginning",
    async () => {
      const own = join(directory, "stricter")
      await credtrail("policy", "set", "--min-targets", "3", "--no-exclude-empty", "--data", own)
      await ingestFleet(own)
      const { outcomes, presentCount } = await asked(
        ...["--min-targets", "3", "--exclude-empty=false"],
      )
      expect(presentCount).toBe(135)
      expect(outcomes).toHaveLength(1)
      expect(outcomes[0]).toMatchObject({
        asked: "min-targets=3,exclude-empty=false",
        policy: { minTargets: 3, excludeEmpty: false },
      })
      expect(outcomes[0].disappear.count).toBeGreaterThan(0)
      expect(await wouldBe(outcomes[0])).toEqual(await findingsIn(own))
    },
    patience,
  )

  it(
    "gives the findings that there are where the rest was never read",
    async () => {
      const own = join(directory, "part")
      for (const host of ["edge-berlin-01", "office-lyon-05"]) {
        const fleet = join(import.meta.dirname, "../../../sample/fleet", host)
        await credtrail("ingest", fleet, "--decky", "{dir}", "--data", own)
      }
      for (const subset of [
        ["--decky", "edge-berlin-01,office-*"],
        ["--decky", "edge-*,office-*", "--ignore-decky", "edge-x,depot-*"],
      ]) {
        const { outcomes } = await asked(...subset)
        expect(outcomes[0].policy).toBe(null)
        expect(await wouldBe(outcomes[0])).toEqual(await findingsIn(own))
      }
    },
    patience,
  )

  it("answers for several policies in one pass what it answers for each alone", async () => {
    const settings = ["min-targets=3", "min-targets=2,exclude-empty=false", "exclude-kind=none"]
    const subset = ["--since", "2026-03-03", "--until", "2026-03-05", "--service", "ssh,telnet"]
    for (const part of [[], subset]) {
      const together = await asked(...part, ...settings.flatMap((text) => ["--policy", text]))
      expect(together.outcomes.map(({ asked: text }: { asked: string }) => text)).toEqual(settings)
      for (const [n, text] of settings.entries()) {
        const { outcomes, ...around } = await asked(...part, "--policy", text)
        expect([...outcomes, around]).toEqual([
          together.outcomes[n],
          { ...together, outcomes: undefined },
        ])
      }
    }
  })

  it("counts the captures of services and times that are asked for", async () => {
    const { total } = await answer("credentials", "--service", "ssh", "--data", data)
    const ssh = await asked("--service", "ssh")
    expect(ssh.captureCount).toBeGreaterThanOrEqual(total)
    expect(ssh.captureCount).toBeLessThan((await asked("--min-targets", "2")).captureCount)
    const early = await asked("--service", "ssh", "--until", "2026-03-03")
    const late = await asked("--service", "ssh", "--since", "2026-03-04")
    expect(early.captureCount + late.captureCount).toBe(ssh.captureCount)
  })

  it("writes nothing, and leaves nothing behind", async () => {
    const before = filesIn(data)
    expect(Object.keys(before)).toContain("readmodel.sqlite")
    await asked("--min-targets", "3", "--service", "ssh")
    await said("--policy", "min-targets=4", "--ignore-decky", "edge-*")
    expect(filesIn(data)).toEqual(before)
  })

  it("prints a line for each policy, and examples in which secrets are masked", async () => {
    const one = await said("--min-targets", "7", "--service", "*", "--limit", "1")
    expect(one).toMatchObject({ code: 0, stderr: "" })
    expect(one.stdout).toMatch(/: 135 findings; what-if over 3000 captures on service \*\n/)
    expect(one.stdout).toMatch(/^min-targets=7 +2 +0 +133 +0 +2$/m)
    expect(one.stdout).toMatch(/^would disappear, 1-1 of 133$/m)
    expect(one.stdout).toContain("•••••• (1-7)")
    const shown = await said("--min-targets", "7", "--limit", "1", "--reveal")
    expect(shown.stdout).not.toContain("••••••")
    const printed = JSON.stringify(await asked("--min-targets", "7"))
    expect(printed).not.toContain("printable")
    const two = await said("--policy", "min-targets=7", "--policy", "min-targets=6", "--limit", "1")
    expect(two.stdout).toMatch(/^min-targets=6: would disappear, 1-1 of \d+$/m)
  })

  it("says what is wrong with what is asked", async () => {
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [[], /give at least one change/],
      [["--policy", "targets=3"], /"targets=3": expected settings such as/],
      [["--policy", "min-targets=3,min-targets=4"], /one value of each setting, not 3 and 4/],
      [["--policy", "min-targets=1"], /from 2 to 1000000, not "1"/],
      [["--min-targets", "-3"], /from 2 to 1000000, not "-3"/],
      [["--policy", "exclude-empty=no"], /is true or false, not "no"/],
      [["--exclude-kind", "a b"], /there is no kind of secret "a b"/],
      [["--policy", "exclude-secret=abc"], /is not a full digest/],
      [["--service", "ssh,,telnet"], /has an empty name in it/],
      [["--since", "yesterday"], /--since "yesterday" is not a time/],
      [["--since", "2026-03-02", "--until", "2026-03-01"], /lies before --since/],
    ]
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await said(...args)
      expect([code, stdout]).toEqual([2, ""])
      expect(stderr).toMatch(message)
    }
  })
})
