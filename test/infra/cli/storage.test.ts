import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"
import Sqlite from "better-sqlite3"
import { beforeAll, describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, copyOf, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")
const log = join(directory, "opencanary.log")

beforeAll(async () => {
  const deckies = ["gate-1", "gate-2", "gate-3"]
  writeLines(log, [
    ...deckies.map((decky) => canaryLogin({ decky, password: "tulip-bulb" })),
    ...deckies.map((decky) => canaryLogin({ decky, password: "daffodil" })),
  ])
  const { code, stderr } = await credtrail("ingest", log, "--data", data)
  if (code !== 0) throw new Error(stderr)
})

const reading = [
  ["findings"],
  ["findings", "show", "00000000"],
  ["credentials"],
  ["attackers"],
  ["tail", ">", "--no-follow"],
  ["status"],
  ["policy"],
  ["rejects"],
  ["dead-letters"],
]
const rebuilding = [
  ["rebuild"],
  ["rebuild", "vectors"],
  ["rebuild", "credential-reuse"],
  ["vectors", "rebuild"],
  ["rollback"],
]
const writing = [
  ["ingest", log],
  ["policy", "set", "--min-targets", "3"],
  ["attackers", "identify", "192.0.2.1", "7d2a4f10-9f0e-4c3b-8d55-0a1b2c3d4e5f"],
  ["dead-letters", "retry"],
  ["run"],
]

/** That each of these commands fails with exit code 5 and one line like this. */
const refused = async (
  commands: ReadonlyArray<ReadonlyArray<string>>,
  place: string,
  told: RegExp,
): Promise<void> => {
  for (const command of commands) {
    const { code, stdout, stderr } = await credtrail(...command, "--data", place)
    expect(stderr, command.join(" ")).toMatch(told)
    expect(stderr).toMatch(/^credtrail: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 5, stdout: "" })
  }
}

let copies = 0
const copied = (): string => copyOf(data, join(directory, `copy-${copies++}`))

describe("a data directory", () => {
  it("that is not there is not made by looking at it", async () => {
    const missing = join(directory, "missing")
    await refused(reading, missing, /there is no data in it yet: run credtrail ingest first/)
    await refused(rebuilding, missing, /there is no data in it yet: run credtrail ingest first/)
    expect(readdirSync(directory)).not.toContain("missing")
  })

  it("is made for this user alone, and keeps the mode that it is given", async () => {
    const made = join(directory, "made", "data")
    await credtrail("ingest", log, "--data", made)
    for (const place of [made, dirname(made)]) expect(statSync(place).mode & 0o777).toBe(0o700)
    chmodSync(made, 0o750)
    await credtrail("ingest", log, "--data", made)
    expect(statSync(made).mode & 0o777).toBe(0o750)
  })

  it("is made by an ingest of nothing too, which says that there was nothing", async () => {
    const nothing = join(directory, "nothing")
    mkdirSync(nothing)
    const data = join(directory, "data of nothing")
    const told = `nothing to read in ${nothing}`
    const { code, stderr } = await credtrail("ingest", nothing, "--data", data)
    expect([code, stderr]).toEqual([0, `warning: ${told}\n`])
    expect(await answer("ingest", nothing, "--data", data)).toMatchObject({ warnings: [told] })
  })

  it("that is a file is refused and left as it is", async () => {
    const file = join(directory, "file")
    writeFileSync(file, "notes")
    await refused([...reading, ...writing], file, /it is a file, not a directory/)
    expect(readFileSync(file, "utf8")).toBe("notes")
  })

  it("that is empty holds no data yet", async () => {
    const empty = join(directory, "empty")
    mkdirSync(empty)
    await refused(reading, empty, /there is no data in it yet/)
    expect(readdirSync(empty)).toEqual([])
  })

  it.each(["log.sqlite", "readmodel.sqlite"])("whose %s is damaged is refused", async (name) => {
    const damaged = copied()
    const noise = Buffer.from("no database at all ".repeat(500))
    writeFileSync(join(damaged, name), noise)
    await refused([...reading, ...writing], damaged, /damaged|nor any SQLite database/)
    expect(readFileSync(join(damaged, name)).equals(noise)).toBe(true)
  })

  it.each([
    ["log.sqlite", /has schema version 99, .* Run the newer credtrail/],
    [
      "readmodel.sqlite",
      /made by a newer version .*theirs is 99.* credtrail rollback; .* move readmodel\.sqlite, .* away/,
    ],
  ])("whose %s a newer version wrote is refused", async (name, told) => {
    const newer = copied()
    const database = new Sqlite(join(newer, name))
    database.pragma("user_version = 99")
    database.close()
    await refused([...reading, ...writing], newer, told)
  })

  it("whose read models an older version made has them rebuilt, and nothing is announced again", async () => {
    const older = copied()
    const events = async () =>
      (await credtrail("tail", ">", "--from", "start", "--no-follow", "--data", older)).stdout
    const database = new Sqlite(join(older, "readmodel.sqlite"))
    database.exec("DROP TABLE folded; DROP TABLE blocks")
    database.pragma("user_version = 1")
    database.close()
    const asked = await credtrail("findings", "--data", older)
    expect(asked.stderr).toMatch(
      /made by an older version of credtrail .* run, ingest or rebuild rebuilds/,
    )
    expect(asked.code).toBe(5)
    expect((await credtrail("ingest", log, "--data", older)).code).toBe(0)
    expect(await answer("findings", "--data", older)).toEqual(
      await answer("findings", "--data", data),
    )
    expect((await credtrail("verify", "--data", older)).stdout).toMatch(/^generation 2/)
    const before = await events()
    expect((await credtrail("ingest", log, "--data", older)).code).toBe(0)
    expect(await events()).toBe(before)
  })

  it("whose read models are gone has them rebuilt, and nothing is announced again", async () => {
    const rebuilt = copied()
    const events = async () =>
      (await credtrail("tail", ">", "--from", "start", "--no-follow", "--data", rebuilt)).stdout
    const before = [await answer("findings", "--data", rebuilt), await events()]
    rmSync(join(rebuilt, "readmodel.sqlite"))
    await credtrail("ingest", log, "--data", rebuilt)
    expect([await answer("findings", "--data", rebuilt), await events()]).toEqual(before)
  })

  // The superuser may write everywhere.
  it.skipIf(process.getuid?.() === 0)("that cannot be written is told", async () => {
    const readOnly = join(directory, "read-only")
    mkdirSync(readOnly)
    chmodSync(readOnly, 0o500)
    await refused(writing, join(readOnly, "data"), /permission denied: name another directory/)
  })
})

describe("ids that begin alike", () => {
  it("are told apart by the operator", async () => {
    const alike = copied()
    const database = new Sqlite(join(alike, "readmodel.sqlite"))
    const ids = ["aaaaaaaa-0000-5000-8000-000000000001", "aaaaaaaa-0000-5000-8000-000000000002"]
    const rows = database.prepare<[], number>("SELECT finding_no FROM findings").pluck().all()
    for (const [index, id] of ids.entries()) {
      database
        .prepare("UPDATE findings SET finding_id = ? WHERE finding_no = ?")
        .run(id, rows[index])
    }
    database.close()
    for (const command of [
      ["findings", "show", "aaaaaaaa"],
      ["credentials", "--finding", "AAAAAAAA"],
    ]) {
      const { code, stderr } = await credtrail(...command, "--data", alike)
      expect(stderr.toLowerCase()).toContain(
        `several findings begin with aaaaaaaa: ${ids.join(", ")}`,
      )
      expect(code).toBe(2)
    }
    expect(await answer("findings", "show", ids[1] ?? "", "--data", alike)).toMatchObject({
      id: ids[1],
    })
  })
})

describe("read models that are behind", () => {
  it("are shown with a warning", async () => {
    const behind = copied()
    const database = new Sqlite(join(behind, "readmodel.sqlite"))
    database.prepare("UPDATE checkpoints SET position = '0000000000000002'").run()
    database.close()
    const { code, stdout, stderr } = await credtrail("findings", "--data", behind)
    expect(stderr).toMatch(/^warning: the read models are \d+ events behind the log; .*status/)
    expect(stdout).toContain("SECRET")
    expect(code).toBe(0)
    const { projections } = await answer("status", "--data", behind)
    expect(projections[0]).toMatchObject({ gap: expect.any(Number), lag: expect.any(Number) })
    expect(projections[0].gap).toBeGreaterThan(0)
  })
})

describe("a mistake in the program", () => {
  it("is told with where it happened, and exit code 1", async () => {
    const broken = copied()
    const database = new Sqlite(join(broken, "readmodel.sqlite"))
    database.exec("DROP TABLE credentials")
    database.close()
    const { code, stdout, stderr } = await credtrail("credentials", "--data", broken)
    expect(stderr).toMatch(/^credtrail: this is a bug in credtrail\n/)
    expect(stderr).toMatch(/no such table: credentials\n(?: +at .*\n)* +at listCredentials /)
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  })
})
