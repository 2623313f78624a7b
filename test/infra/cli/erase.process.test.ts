import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { plaintext } from "../../../src/domain/secret/secret.ts"
import { secretDigest } from "../../../src/domain/secret/secretDigest.ts"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { filesWith, residuesIn } from "../../support/residues.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { copyOf, temporary } from "./credtrail.ts"
import { credtrailProcess as credtrail, killedAfter } from "./credtrailProcess.ts"

const patience = 600_000

const { index } = JSON.parse(readFileSync(String(process.env.CREDTRAIL_KEY_FILE), "utf8"))

/** The digest of a password under the keys that tests run with. */
const digestOf = (password: string): string =>
  secretDigest(Buffer.from(index, "base64"), plaintext, Buffer.from(password))

const answer = async (args: ReadonlyArray<string>, input = "") => {
  const { code, stdout, stderr } = await credtrail([...args, "--json"], { input })
  if (code !== 0) throw new Error(`${args.join(" ")}: ${code} ${stderr}`)
  return JSON.parse(stdout)
}

/** Passwords that come out otherwise in JSON, URLs, on a screen, or in another encoding. */
const awkward = [
  "correct horse 19",
  'quo"te\\back',
  "pässwörd☂mit",
  "a+b/c=%20&d?e#",
  "tab\tand\u0001ctl",
  "x9Q",
  "stays-as-it-is",
] as const

/** A log of two hosts on which each password is tried, told again in a field, and in a broken line. */
const writeLog = (directory: string): string => {
  mkdirSync(directory, { recursive: true })
  const lines = awkward.flatMap((password, n) => {
    const more = { PATH: `/login?user=root&pw=${encodeURIComponent(password)}`, NOTE: password }
    return [
      JSON.stringify(canaryLogin({ decky: "gate-1", password, more }, n)),
      JSON.stringify(canaryLogin({ decky: "gate-2", password, username: "root" }, n + 20)),
      `{"logtype": 2000, "logdata": {"PASSWORD": ${JSON.stringify(password)}`,
    ]
  })
  const file = join(directory, "opencanary.log")
  writeFileSync(file, `${lines.join("\n")}\n`)
  return file
}

const directory = temporary()
const log = writeLog(join(directory, "logs"))
let server: TestServer

beforeAll(async () => {
  server = await TestServer.start()
}, patience)
afterAll(() => server.stop())

const ingested = async (name: string, ...place: ReadonlyArray<string>): Promise<string> => {
  const data = join(directory, name)
  const { code, stderr } = await credtrail(["ingest", log, "--data", data, ...place])
  if (code !== 0) throw new Error(stderr)
  return data
}

const envelopeOf = (data: string, digest: string): Buffer | undefined => {
  const vault = new Sqlite(join(data, "secrets.sqlite"))
  try {
    return vault
      .prepare<[Buffer], Buffer>("SELECT envelope FROM secrets WHERE digest = ?")
      .pluck()
      .get(Buffer.from(digest, "hex"))
  } finally {
    vault.close()
  }
}

const erasures = async (data: string, ...place: ReadonlyArray<string>) => {
  const { entries } = await answer(["audit", "--data", data, ...place])
  return entries.filter(({ type }: { type: string }) => type === "secret.erased")
}

describe("credtrail erase", () => {
  it(
    "leaves no form of a secret in any file, and everything that was found",
    async () => {
      const data = await ingested("each")
      const before = await answer(["findings", "--data", data])
      expect(residuesIn(join(directory, "logs"), awkward[3])).toContain("opencanary.log: UTF-8")
      for (const password of awkward.slice(0, -1)) {
        const envelope = envelopeOf(data, digestOf(password))
        if (envelope === undefined) throw new Error("it is sealed before it is erased")
        expect(filesWith(data, envelope)).not.toEqual([])
        const erase = ["erase", "--secret", "-", "--data", data]
        const preview = await answer(erase, password)
        expect(preview).toMatchObject({ erased: false, secrets: 1, findings: 1, attempts: 2 })
        expect(preview.rejectedLines).toBeGreaterThanOrEqual(1)
        expect(envelopeOf(data, digestOf(password))).toEqual(envelope)
        const erased = await answer([...erase, "--yes", "--reason", "asked for"], password)
        expect(erased).toEqual({ ...preview, erased: true })
        expect(filesWith(data, envelope)).toEqual([])
        // Three letters may stand in random bytes by chance.
        if (password.length > 4) expect(residuesIn(data, password)).toEqual([])
      }
      expect(await answer(["findings", "--data", data])).toEqual(before)
      const { findings } = await answer(["findings", "--data", data, "--reveal"])
      const revealed = new Map(
        findings.map(({ secret }: { secret: { digest: string } }) => [secret.digest, secret]),
      )
      for (const password of awkward.slice(0, -1)) {
        expect(revealed.get(digestOf(password))).toMatchObject({ notRevealed: "erased" })
      }
      expect(revealed.get(digestOf("stays-as-it-is"))).toMatchObject({
        printable: "stays-as-it-is",
      })
      const { stdout: rejects } = await credtrail(["rejects", "--data", data, "--reveal"])
      for (const password of awkward.slice(0, -1)) expect(rejects).not.toContain(password)
      expect(rejects).toContain("stays-as-it-is")
      const verified = await credtrail(["verify", "--data", data])
      expect(verified.code).toBe(0)
      expect((await credtrail(["rebuild", "--data", data])).code).toBe(0)
      expect(await answer(["findings", "--data", data])).toEqual(before)
      expect(await erasures(data)).toHaveLength(awkward.length - 1)
    },
    patience,
  )

  it(
    "keeps a secret from coming back when it is tried again",
    async () => {
      const data = await ingested("again")
      const erase = ["erase", "--secret", "-", "--yes", "--data", data]
      await answer(erase, "stays-as-it-is")
      const later = join(directory, "later.log")
      const login = canaryLogin({ decky: "gate-3", password: "stays-as-it-is" }, 50)
      writeFileSync(later, `${JSON.stringify(login)}\n`)
      await answer(["ingest", later, "--data", data])
      expect(envelopeOf(data, digestOf("stays-as-it-is"))).toBeUndefined()
      const found = await answer(
        ["findings", "--data", data, "--secret", digestOf("stays-as-it-is")],
        "",
      )
      expect(found.findings).toMatchObject([{ targetCount: 3 }])
      expect(await answer(erase, "stays-as-it-is")).toMatchObject({ secrets: 0, alreadyErased: 1 })
      expect(await erasures(data)).toHaveLength(1)
    },
    patience,
  )

  it(
    "puts it on record when all that was left of a secret was a rejected line",
    async () => {
      const data = await ingested("lines")
      const erase = ["erase", "--secret", "-", "--yes", "--data", data]
      await answer(erase, "stays-as-it-is")
      const broken = join(directory, "broken.log")
      const login = JSON.stringify(canaryLogin({ decky: "gate-3", password: "orchid" }, 60))
      writeFileSync(broken, `${login}\n{"logdata": {"PASSWORD": "stays-as-it-is"\n`)
      await answer(["ingest", broken, "--data", data])
      expect(await answer(erase, "stays-as-it-is")).toMatchObject({
        secrets: 0,
        alreadyErased: 1,
        rejectedLines: 1,
      })
      expect((await credtrail(["rejects", "--data", data, "--reveal"])).stdout).not.toContain(
        "stays-as-it-is",
      )
      expect(await erasures(data)).toHaveLength(2)
    },
    patience,
  )

  it(
    "takes a principal's secrets, or those last tried before a time",
    async () => {
      const data = await ingested("many")
      const before = ["erase", "--before", "2026-03-02T08:22:00Z", "--data", data]
      expect(await answer(before)).toMatchObject({ secrets: 2, findings: 2, attempts: 4 })
      expect(await answer([...before, "--yes"])).toMatchObject({ secrets: 2 })
      const principal = ["erase", "--principal", "root", "--data", data]
      expect(await answer([...principal, "--yes"])).toMatchObject({ secrets: 5, alreadyErased: 2 })
      for (const password of awkward) {
        expect(envelopeOf(data, digestOf(password))).toBeUndefined()
      }
      const nobody = await credtrail(["erase", "--principal", "nobody", "--data", data])
      expect([nobody.code, nobody.stderr]).toEqual([
        3,
        "credtrail: no such secret was tried, so there is nothing to erase\n",
      ])
    },
    patience,
  )

  it(
    "is preceded by a question that no other user can see: who tried this, by standard input",
    async () => {
      const data = await ingested("questions")
      for (const list of ["credentials", "findings"]) {
        const asked = [list, "--password", "-", "--data", data]
        expect((await answer(asked, `${awkward[0]}\n`)).total).toBe(list === "findings" ? 1 : 2)
        expect((await answer(asked, "nobody tried this")).total).toBe(0)
        expect((await credtrail(asked, { input: "" })).code).toBe(2)
      }
    },
    patience,
  )

  it("wants to be told what, and takes no secret as an argument", async () => {
    const data = ["--data", join(directory, "none")]
    expect((await credtrail(["erase", ...data])).code).toBe(2)
    const told = await credtrail(["erase", "--secret", "hunter2", ...data])
    expect(told.code).toBe(2)
    expect(told.stderr).toContain("standard input")
    expect((await credtrail(["erase", "--secret", "-", ...data])).code).toBe(2)
  })

  it.each(["embedded", "EventStoreDB"])(
    "is done whole after a kill at each of its commits, and one more run (%s)",
    async (where) => {
      const [password] = awkward
      for (let at = 1, killed = true; killed; at++) {
        const node = where === "embedded" ? undefined : await TestServer.start()
        const place = node === undefined ? [] : ["--eventstore", node.connectionString]
        const data =
          node === undefined
            ? copyOf(await whole(), join(directory, `killed-${at}`))
            : await ingested(`killed-there-${at}`, ...place)
        const envelope = envelopeOf(data, digestOf(password)) ?? Buffer.of()
        const erase = ["erase", "--secret", "-", "--yes", "--data", data, ...place]
        const ended = await credtrail(erase, {
          input: password,
          env: killedAfter(at),
        })
        killed = ended.signal === "SIGKILL"
        if (!killed) expect(ended.stderr).toBe("")
        const told = await erasures(data, ...place)
        // What is on record as erased is erased.
        if (told.length > 0) expect(envelopeOf(data, digestOf(password))).toBeUndefined()
        await answer(erase, password)
        expect(filesWith(data, envelope)).toEqual([])
        expect(residuesIn(data, password)).toEqual([])
        expect(await erasures(data, ...place)).toMatchObject([
          { command: "erase", subject: "1 secrets" },
        ])
        expect((await credtrail(["verify", "--data", data, ...place])).code).toBe(0)
        await node?.stop()
        rmSync(data, { recursive: true })
        if (!killed) expect(at).toBeGreaterThan(2)
      }
    },
    patience,
  )

  it(
    "is done on every machine that shares the log and the keys",
    async () => {
      const place = ["--eventstore", server.connectionString]
      const here = await ingested("here", ...place)
      const there = await ingested("there", ...place)
      const [password] = awkward
      const envelope = envelopeOf(there, digestOf(password))
      if (envelope === undefined) throw new Error("it is sealed on both")
      await answer(["erase", "--secret", "-", "--yes", "--data", here, ...place], password)
      const mentioned = async () =>
        (await credtrail(["rejects", "--reveal", "--data", there, ...place])).stdout
      expect(filesWith(there, envelope)).not.toEqual([])
      // Whatever opens the vault there learns of it first.
      await answer(["findings", "--reveal", "--data", there, ...place])
      expect(filesWith(there, envelope)).toEqual([])
      expect(await mentioned()).toContain("stays-as-it-is")
      expect(await mentioned()).not.toContain(password)
    },
    patience,
  )
})

let made: Promise<string> | undefined
const whole = (): Promise<string> => {
  made ??= ingested("whole")
  return made
}
