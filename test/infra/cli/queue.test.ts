import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
let made = 0

const logins = (password: string, ...deckies: ReadonlyArray<string>): ReadonlyArray<object> =>
  deckies.map((decky) => canaryLogin({ decky, ip: "192.0.2.7", password }))

/** A data directory with two findings, the ids of which begin the answer. */
const filled = async () => {
  const place = join(directory, String(made++))
  const data = join(place, "data")
  const ingested = async (...lines: ReadonlyArray<ReadonlyArray<object>>) => {
    const log = writeLines(join(place, `${made++}`, "opencanary.log"), lines.flat())
    const { code, stderr } = await credtrail("ingest", log, "--data", data)
    if (code !== 0) throw new Error(stderr)
  }
  await ingested(
    logins("tulip-bulb-77", "gate-1", "gate-2"),
    logins("harbour-lantern", "gate-1", "gate-2"),
  )
  const said = (...args: ReadonlyArray<string>) => credtrail(...args, "--data", data)
  const asked = (...args: ReadonlyArray<string>) => answer(...args, "--data", data)
  const ids = (await asked("queue")).findings.map(({ id }: { id: string }) => id)
  return { first: ids[0], second: ids[1], said, asked, ingested }
}

describe("credtrail queue", () => {
  it("has what is new, and loses and gets back what people decide about", async () => {
    const { first, second, said, asked, ingested } = await filled()
    expect(await asked("queue")).toMatchObject({
      total: 2,
      findings: [{ id: first }, { id: second }],
    })
    const before = (await asked("status")).log.head

    const acknowledged = await said("findings", "acknowledge", first.slice(0, 8), second)
    expect(acknowledged).toMatchObject({ code: 0, stderr: "" })
    expect(acknowledged.stdout).toMatch(/^[0-9a-f]{8} acknowledged: .+\n[0-9a-f]{8} acknowledged: /)
    expect((await said("queue")).stdout).toBe("nothing needs a look (2 acknowledged, 0 muted)\n")

    await ingested(logins("tulip-bulb-77", "gate-3"))
    const changed = await asked("queue")
    expect(changed).toMatchObject({
      total: 1,
      findings: [{ attention: { why: "changed", addedTargetCount: 1, addedAttackerCount: 0 } }],
    })
    expect((await said("queue")).stdout).toMatch(/ \+1 target +3 +1 /)

    const [{ id }] = changed.findings
    await said("findings", "mute", id, "--reason", "our scanner", "--until", "30d")
    expect(await asked("queue")).toMatchObject({ total: 0, acknowledgedCount: 1, mutedCount: 1 })
    await ingested(logins("tulip-bulb-77", "gate-4"))
    expect((await said("queue")).stdout).toMatch(/ new decky gate-4 /)
    expect((await asked("queue", "--as-of", before)).total).toBe(2)
    expect(await asked("verify")).toMatchObject({ announced: { wrong: 0, waiting: 0 } })
    expect((await said("audit")).stdout).toMatch(/finding\.muted +finding .+our scanner/)
  })

  it("narrows by rank, class and the other filters of findings", async () => {
    const { asked } = await filled()
    expect((await asked("queue", "--min-rank", "100000")).total).toBe(0)
    expect((await asked("queue", "--password", "harbour-lantern")).total).toBe(1)
    expect((await asked("queue", "--decky", "gate-1")).total).toBe(2)
  })
})

describe("a decision about a finding", () => {
  it("is shown with the finding, and made once", async () => {
    const { first, said, asked } = await filled()
    expect((await said("findings", "label", first, "vendor-x")).stdout).toMatch(/ labelled\n$/)
    expect((await said("findings", "label", first, "vendor-x")).stdout).toMatch(/label already\n$/)
    expect((await said("findings", "unmute", first)).stdout).toMatch(/ was not muted\n$/)
    await said("findings", "note", first, "seen in March")
    expect(await asked("findings", "show", first)).toMatchObject({
      triage: { labels: ["vendor-x"], muted: null, notes: [{ note: "seen in March" }] },
    })
    expect((await said("findings", "show", first)).stdout).toMatch(
      /\nlabels {6}vendor-x\nnote {8}seen in March \(/,
    )
    expect(await asked("findings", "label", first, "vendor-x", "--remove")).toMatchObject([
      { appended: true, triage: { labels: [] } },
    ])
    expect((await said("findings", "label", first, "vendor-x", "--remove")).stdout).toMatch(
      /no such/,
    )
  })

  it("is not made for one finding where another is not there", async () => {
    const { first, said, asked } = await filled()
    const { code, stderr } = await said("findings", "acknowledge", first, "00000000")
    expect([code, stderr]).toEqual([3, expect.stringMatching(/no finding has the id 00000000/)])
    expect((await asked("queue")).total).toBe(2)
  })

  it.each([
    [["acknowledge", "abc"], /too short/],
    [["mute", "00000000", "--reason", " "], /the reason must have 1 to 2000 characters/],
    [["note", "00000000", "x".repeat(2001)], /the note must have 1 to 2000 characters/],
    [["mute", "00000000", "--reason", "x", "--until", "2020-01-01"], /is not a time to come/],
    [["mute", "00000000", "--reason", "x", "--until", "soon"], /is not a time/],
  ])("is refused, and nothing made for it, when it makes no sense: %j", async (args, reason) => {
    const nowhere = join(directory, "nowhere")
    const { code, stderr } = await credtrail("findings", ...args, "--data", nowhere)
    expect([code, stderr]).toEqual([2, expect.stringMatching(reason)])
  })
})
