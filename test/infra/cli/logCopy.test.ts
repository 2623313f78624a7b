import { join } from "node:path"
import { beforeAll, describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, credtrail, ingestFleet, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")
const place = (name: string): string => `embedded:${join(directory, name)}`
const copyTo = (name: string) =>
  answer("log", "copy", "--from", "embedded", "--to", place(name), "--data", data)

beforeAll(() => ingestFleet(data))

describe("credtrail log copy", () => {
  it("makes a log that is followed by the same findings, candidates and announcements", async () => {
    const copied = await copyTo("same")
    const { log } = await answer("status", "--data", data)
    expect(copied).toMatchObject({ events: log.events, copied: log.events })
    const same = join(directory, "same")
    // Read models are made from the copy by whoever reads logs into it, or follows it.
    const nothing = writeLines(join(directory, "logs", "opencanary.log"), [canaryLogin()])
    await credtrail("ingest", nothing, "--data", same)
    await credtrail("ingest", nothing, "--data", data)
    for (const list of [
      ["findings", "--limit", "1000"],
      ["attackers", "--limit", "1000"],
    ]) {
      expect(await answer(...list, "--data", same)).toEqual(await answer(...list, "--data", data))
    }
    expect((await answer("status", "--data", same)).log.events).toBe(
      (await answer("status", "--data", data)).log.events,
    )
  })

  it("says for people what it came to", async () => {
    const { code, stdout } = await credtrail(
      ...["log", "copy", "--from", "embedded", "--to", place("people"), "--data", data],
    )
    expect(stdout).toMatch(
      /^from {5}.*log\.sqlite\nto {7}.*people.log\.sqlite\nevents {3}[\d,]+, the same in both\ncopied {3}[\d,]+\nsha-256 {2}[0-9a-f]{64}\nseconds {2}\d/,
    )
    expect(code).toBe(0)
  })

  it("comes back the same", async () => {
    const { digest, events } = await copyTo("away")
    const back = await answer("log", "copy", "--from", place("away"), "--to", place("back"))
    expect(back).toMatchObject({ digest, events })
  })

  it.each([
    ["a log that is none", ["--from", "embedded", "--to", "elsewhere"], /--to names no log: give/],
    ["the same log twice", ["--from", "embedded", "--to", `embedded:${data}`], /the same log/],
    ["half of it", ["--from", "embedded"], /--to/],
  ])("refuses %s", async (_, args, told) => {
    const { code, stdout, stderr } = await credtrail("log", "copy", ...args, "--data", data)
    expect(stderr).toMatch(told)
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
  })

  it("does not make the log that it is to read", async () => {
    const { code, stderr } = await credtrail(
      ...["log", "copy", "--from", place("missing"), "--to", place("made")],
    )
    expect(stderr).toMatch(/there is no log at .*missing/)
    expect(code).toBe(5)
  })

  it("leaves a target that holds another history as it is", async () => {
    const other = join(directory, "other")
    const line = writeLines(join(directory, "other.log"), [canaryLogin({ password: "tulip" })])
    await credtrail("ingest", line, "--data", other)
    const events = (await answer("status", "--data", other)).log.events
    const { code, stderr } = await credtrail(
      ...["log", "copy", "--from", "embedded", "--to", `embedded:${other}`, "--data", data],
    )
    expect(stderr).toMatch(/^credtrail: the log was not copied: the target holds another history/)
    expect(code).toBe(1)
    expect((await answer("status", "--data", other)).log.events).toBe(events)
  })
})
