import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { answer, credtrail, ingestFleet, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "fleet")
beforeAll(() => ingestFleet(data))

const said = (...args: ReadonlyArray<string>) => credtrail(...args, "--data", data)
const asked = (...args: ReadonlyArray<string>) => answer(...args, "--data", data)
const id = "51238e72"

const login = (decky: string, minute: number, password: string) => ({
  eventid: "cowrie.login.failed",
  session: `f00d${String(minute).padStart(8, "0")}`,
  protocol: "ssh",
  src_ip: "192.0.2.5",
  sensor: decky,
  username: "root",
  password,
  timestamp: `2026-03-01T00:${String(minute).padStart(2, "0")}:00.000000Z`,
})

describe("--as-of", () => {
  it("gives, at each position, the answer that was given when the log ended there", async () => {
    const own = join(directory, "growing")
    const answers: Array<{ head: string; given: unknown }> = []
    const ask = (...past: ReadonlyArray<string>) =>
      Promise.all(
        ["findings", "credentials", "attackers"].map((list) =>
          answer(list, ...past, "--data", own),
        ),
      )
    for (const [n, decky] of ["a", "b", "c"].entries()) {
      const lines = [0, 1, 2].map((m) => login(decky, n * 10 + m, `secret-${m}-of-many`))
      const file = writeLines(join(directory, `${decky}.json`), lines)
      await credtrail("ingest", file, "--data", own)
      const { log } = await answer("status", "--data", own)
      answers.push({ head: log.head, given: await ask() })
    }
    await credtrail(
      ...["attackers", "identify", "192.0.2.5", "3c6e2f0a-8d41-4b7e-9f15-2a7d90c4e6b8"],
      ...["--data", own],
    )
    for (const { head, given } of answers) expect(await ask("--as-of", head)).toEqual(given)
    expect(await ask("--as-of", "0")).toMatchObject([{ total: 0 }, { total: 0 }, { total: 0 }])
  })

  it("takes a time of recording, and a time of events if told so", async () => {
    const present = await asked("findings", "--limit", "1000")
    expect(await asked("findings", "--limit", "1000", "--as-of", "2254-01-01")).toEqual(present)
    expect((await asked("findings", "--as-of", "2026-03-03")).total).toBe(0)
    for (const past of [["--as-of"], ["diff", "--from", "2026-03-01", "--to"]]) {
      const { stderr } = await said("findings", ...past, "2026-03-03")
      expect(stderr).toMatch(
        /^warning: nothing had been recorded by then; use --by event-time .*\n$/,
      )
      const happened = await said("findings", ...past, "2026-03-03", "--by", "event-time")
      expect(happened.stderr).toBe("")
    }
    const early = await asked(
      ...["credentials", "--limit", "1000", "--as-of", "2026-03-03", "--by", "event-time"],
    )
    const all = await asked("credentials", "--limit", "1000", "--until", "2026-03-03")
    expect(early.total).toBe(all.total)
    for (const { lastSeen } of early.credentials) expect(lastSeen < "2026-03-04").toBe(true)
  })

  it("keeps to the conditions of the present", async () => {
    const past = ["--as-of", "2026-03-04", "--by", "event-time"]
    const { total } = await asked("findings", ...past)
    const ssh = await asked("findings", "--service", "ssh", ...past, "--limit", "1000")
    expect(ssh.total).toBeGreaterThan(0)
    expect(ssh.total).toBeLessThan(total)
    for (const { services } of ssh.findings) expect(services).toContain("ssh")
    const own = await asked("credentials", "--finding", id, ...past)
    expect(own.total).toBeGreaterThan(0)
  })

  it("says what is wrong with a moment", async () => {
    const wrong: ReadonlyArray<readonly [ReadonlyArray<string>, RegExp]> = [
      [["--as-of", "yesterday"], /neither a time, such as .*, nor a position/],
      [["--as-of", "2026-13-01"], /"2026-13-01" is not a time/],
      [["--as-of", "1234-1230"], /neither a time, such as .*, nor a position/],
      [["--as-of", "12", "--by", "event-time"], /a position has no event time/],
      [["--by", "event-time"], /give --as-of too/],
      [
        ["--as-of", "99999999"],
        /--as-of 99999999 is past the end of the log, which is at 0+\d+\n$/,
      ],
    ]
    for (const [args, message] of wrong) {
      for (const command of [
        ["findings"],
        ["credentials"],
        ["attackers"],
        ["findings", "show", id],
      ]) {
        const { code, stderr, stdout } = await said(...command, ...args)
        expect([code, stdout]).toEqual([2, ""])
        expect(stderr).toMatch(message)
      }
    }
  })

  it("does not find a finding where nothing of it was known", async () => {
    const { code, stderr } = await said("findings", "show", id, "--as-of", "1")
    expect(code).toBe(3)
    expect(stderr).toContain("at that moment")
  })
})

describe("credtrail findings history", () => {
  it("names the announcements that stand in the log, and the events that caused them", async () => {
    const { findingId, total, changes } = await asked("findings", "history", id)
    expect(changes.length).toBeGreaterThan(1)
    const tail = await said(
      ...["tail", "credential.reuse.detected", "--from", "start", "--no-follow", "--json"],
    )
    const events = tail.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter((event) => event.data.findingId === findingId)
    expect([total, events.length]).toEqual([changes.length, changes.length])
    for (const [n, change] of changes.entries()) {
      const event = events[n]
      expect(change.announced).toEqual({
        eventId: event.id,
        position: event.position,
        recordedAt: event.recordedAt,
      })
      expect(change.eventId).toBe(event.metadata.$causationId)
      expect(change.before?.attemptCount ?? 0).toBeLessThan(change.attemptCount)
    }
  })

  it("is paged, and is the same for people", async () => {
    const second = await asked("findings", "history", id, "--offset", "1", "--limit", "1")
    expect(second.changes.map(({ version }: { version: number }) => version)).toEqual([2])
    const { stdout } = await said("findings", "history", id, "--offset", "1", "--limit", "1")
    expect(stdout).toContain(`changes 2-2 of ${second.total}`)
    const [{ before, targetCount }] = second.changes
    expect(stdout).toContain(`targets     ${before.targetCount} before, ${targetCount} after`)
  })

  it("says that there is no such finding", async () => {
    expect((await said("findings", "history", "00000000")).code).toBe(3)
    expect((await said("findings", "history", "abc")).code).toBe(2)
  })
})

describe("credtrail why", () => {
  it("names the line of the log file, and the event, of each capture", async () => {
    const { captures, minTargets, openedBy } = await asked("why", id)
    expect(captures).toHaveLength(minTargets)
    expect(captures.at(-1)).toMatchObject({
      eventId: openedBy.eventId,
      position: openedBy.position,
      source: { line: expect.any(Number) },
    })
    const targets = captures.map((one: { decky: string; service: string }) => [
      one.decky,
      one.service,
    ])
    expect(new Set(targets.map(String)).size).toBe(minTargets)
  })

  it("has no answer for what is no finding", async () => {
    const { findings } = await asked("findings", "--min-targets", "1", "--limit", "1000")
    const candidate = findings.find((one: { state: string }) => one.state === "candidate")
    const { code, stderr } = await said("why", candidate.id)
    expect(code).toBe(3)
    expect(stderr).toContain("is a candidate, not a finding")
  })
})

describe("credtrail findings diff", () => {
  it("has opened everything since the beginning, and nothing since the end", async () => {
    const { total } = await asked("findings")
    const whole = await asked("findings", "diff", "--from", "0")
    expect([whole.openedCount, whole.grownCount, whole.unchangedCount]).toEqual([total, 0, 0])
    const { log } = await asked("status")
    const none = await asked("findings", "diff", "--from", log.head)
    expect([none.openedCount, none.grownCount, none.unchangedCount]).toEqual([0, 0, total])
  })

  it("prints tables, and Markdown in which a name is only a name", async () => {
    const own = join(directory, "marked")
    const lines = ["a", "b"].map((decky, n) => ({ ...login(decky, n, "x"), username: "|<b>*_[" }))
    await credtrail("ingest", writeLines(join(directory, "marked.json"), lines), "--data", own)
    const text = await credtrail("findings", "diff", "--from", "0", "--data", own)
    expect(text.stdout).toContain("opened, 1-1 of 1")
    expect(text.stdout).toContain("2 (+2)")
    const report = await credtrail("findings", "diff", "--from", "0", "--markdown", "--data", own)
    expect(report.stdout).toContain("| \\|\\<b\\>\\*\\_\\[ |")
    expect(report.stdout).not.toContain("<b>")
  })

  it("refuses moments in the wrong order, and two forms at once", async () => {
    const backwards = await said("findings", "diff", "--from", "200", "--to", "100")
    expect([backwards.code, backwards.stderr]).toEqual([
      2,
      "credtrail: --to 100 lies before --from 200\n",
    ])
    const days = await said("findings", "diff", "--from", "2026-03-05", "--to", "2026-03-01")
    expect([days.code, days.stderr]).toEqual([
      2,
      "credtrail: --to 2026-03-01 lies before --from 2026-03-05\n",
    ])
    expect((await said("findings", "diff", "--from", "1", "--json", "--markdown")).code).toBe(2)
  })

  it("masks secrets unless told otherwise", async () => {
    const masked = await said("findings", "diff", "--from", "0", "--json")
    expect(masked.stdout).not.toContain("printable")
    const shown = await said("findings", "diff", "--from", "0", "--json", "--reveal")
    expect(shown.stdout).toContain("printable")
  })
})
