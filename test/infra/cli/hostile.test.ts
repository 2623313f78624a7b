import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, type Called, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")

// Escape sequences of both kinds, an invisible turn of the direction, a bell, and zero bytes.
const nasty = "\u001b[2J\u009b31m\u202e\u2066\u0007\u0000"
const word = "wisteria-gate"
const escapedWord = new RegExp(word)

const logins = [
  { decky: "gate-1", password: `${word}${nasty}`, username: `root${nasty}` },
  { decky: "gate-2", password: `${word}${nasty}`, username: `root${nasty}` },
  { decky: `gate-3${nasty}`, password: `${word}-2`, more: { USERAGENT: `as ${word}-2${nasty}` } },
  { decky: "gate-4", password: `${word}-3`, more: { USERAGENT: `tool/1 pw=${word}-3` } },
]

beforeAll(async () => {
  const log = writeLines(
    join(directory, `logs${nasty.replaceAll("\u0000", "")}`, "opencanary.log"),
    [
      ...logins.map(canaryLogin),
      { ...canaryLogin({ password: word }), node_id: nasty, logdata: { PASSWORD: [word] } },
    ],
  )
  const { code, stderr } = await credtrail("ingest", log, "--data", data)
  if (code !== 0) throw new Error(stderr)
  const poison = {
    type: "credential.captured",
    id: "11111111-1111-4111-8111-111111111111",
    data: { decky: nasty, secret: word, fields: { nasty: word } },
    metadata: { schemaVersion: 1 },
  }
  const foreign = {
    type: `foreign.${nasty.replaceAll("\u0000", "")}`,
    id: "22222222-2222-4222-8222-222222222222",
    data: { nasty },
    metadata: { nasty },
  }
  await Effect.runPromise(
    EventLog.use((eventLog) =>
      eventLog.append({
        stream: "capture-somebody-elses",
        expectedRevision: "no_stream",
        // What another program might write, which no type of ours allows.
        events: [poison, foreign] as never,
      }),
    ).pipe(Effect.provide(layerEmbedded({ file: join(data, "log.sqlite") }))),
  )
  const told = await credtrail("ingest", log, "--data", data)
  stopped = told
  const skipping = await credtrail("ingest", log, "--on-poison", "skip", "--data", data)
  if (skipping.code !== 0) throw new Error(skipping.stderr)

  // A process at work that has come to a bad end, as far as it says itself.
  const actor = { name: `ingest ${nasty}`, state: nasty, since: 0, error: `${nasty}\n${nasty}` }
  const working = { pid: process.pid, command: nasty, startedAt: 0, actors: [actor] }
  mkdirSync(join(data, "processes"), { recursive: true })
  writeFileSync(join(data, "processes", "1.json"), JSON.stringify(working))
})

let stopped: Called = { code: -1, stdout: "", stderr: "" }

const commands = async (): Promise<ReadonlyArray<ReadonlyArray<string>>> => {
  const [{ id }] = (await answer("findings", "--data", data)).findings
  return [
    ["findings"],
    ["findings", "show", id],
    ["credentials"],
    ["tail", ">", "--from", "start", "--no-follow"],
    ["rejects"],
  ]
}
const without = [["attackers"], ["status"], ["dead-letters"], ["policy"]]

const harmless = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u
const lines = ({ stdout, stderr }: Called): ReadonlyArray<string> =>
  `${stdout}${stderr}`.split("\n")

describe("text that somebody hostile chose", () => {
  it.each([
    ["a table", []],
    ["JSON", ["--json"]],
    ["a table with secrets", ["--reveal"]],
    ["JSON with secrets", ["--json", "--reveal"]],
  ])("never reaches the terminal as it is, in %s", async (_, flags) => {
    const rest = flags.filter((flag) => flag !== "--reveal")
    const calls = [
      ...(await commands()).map((command) => [...command, ...flags]),
      ...without.map((command) => [...command, ...rest]),
    ]
    for (const call of calls) {
      const called = await credtrail(...call, "--data", data)
      expect(called.code, called.stderr).toBe(0)
      for (const line of lines(called)) expect(line).toMatch(harmless)
    }
  })

  it("stays the same text in JSON", async () => {
    const { credentials } = await answer("credentials", "--reveal", "--data", data)
    expect(credentials).toContainEqual(
      expect.objectContaining({ decky: "gate-1", principal: `root${nasty}` }),
    )
  })

  it("does not reach the terminal in the message about a poison event either", () => {
    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toContain("does not decode")
    expect(stopped.stderr).toMatch(
      /or set aside with --on-poison \(credtrail ingest, credtrail run\)\n$/,
    )
    expect(stopped.stderr).not.toMatch(escapedWord)
    for (const line of lines(stopped)) expect(line).toMatch(harmless)
  })
})

describe("credtrail status", () => {
  it("shows each actor of a process at work on a line", async () => {
    const { stdout } = await credtrail("status", "--data", data)
    expect(stdout).toMatch(/\nprocess \d+ {2}credtrail \\x1b\[2J.*, for \d+ h/)
    expect(stdout).toMatch(/\nACTOR +STATE +FOR +ERROR\ningest \\x1b\[2J.* \\x1b\[2J[^\n]*\n?$/)
  })
})

describe("a secret", () => {
  it("stands in no output, neither of text nor of JSON, in no field and no message", async () => {
    for (const command of [...(await commands()), ...without]) {
      for (const flags of [[], ["--json"]]) {
        const { stdout, stderr } = await credtrail(...command, ...flags, "--data", data)
        expect(`${stdout}${stderr}`, command.join(" ")).not.toMatch(escapedWord)
        expect(stdout).not.toContain(Buffer.from(word).toString("base64").slice(0, -4))
      }
    }
  })

  it("is shown where it is to be revealed", async () => {
    for (const command of (await commands()).filter(([name]) => name !== "rejects")) {
      for (const flags of [["--reveal"], ["--reveal", "--json"]]) {
        const { stdout } = await credtrail(...command, ...flags, "--data", data)
        expect(stdout, command.join(" ")).toMatch(escapedWord)
      }
    }
    const { rejects } = await answer("rejects", "--reveal", "--data", data)
    expect(Buffer.from(rejects[0].base64, "base64").toString()).toMatch(escapedWord)
    expect((await credtrail("rejects", "--reveal", "--data", data)).stdout).toMatch(escapedWord)
  })

  it("is masked where another field repeats it, and other fields are left alone", async () => {
    const { credentials } = await answer("credentials", "--decky", "gate-4", "--data", data)
    expect(credentials).toMatchObject([
      { fields: { userAgent: "tool/1 pw=[secret]", sourcePort: "40000" } },
    ])
  })
})

describe("an event that cannot be folded", () => {
  it("is listed, and retried in vain", async () => {
    const { total, deadLetters } = await answer("dead-letters", "--data", data)
    expect(total).toBe(1)
    expect(deadLetters).toMatchObject([
      { stream: "capture-somebody-elses", type: "credential.captured", retried: false },
    ])
    const table = await credtrail("dead-letters", "--data", data)
    expect(table.stdout).toMatch(/\n\n1-1 of 1\n$/)
    const retried = await credtrail("dead-letters", "retry", "--data", data)
    expect(retried.stdout).toBe("0 folded, 1 still cannot be folded\n")
    const status = await credtrail("status", "--data", data)
    expect(status.stdout).toContain("dead letters   1 (credtrail dead-letters lists them)")
  })
})
