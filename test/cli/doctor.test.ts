import { createHash } from "node:crypto"
import {
  chmodSync,
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { beforeAll, describe, expect, it } from "vitest"
import { nodeFinding } from "../../src/infra/doctor/nodeFinding.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { copyOf, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")

beforeAll(async () => {
  const log = writeLines(
    join(directory, "opencanary.log"),
    Array.from({ length: 400 }, (_, n) =>
      canaryLogin({ decky: `gate-${n % 3}`, password: `p${n}` }, n),
    ),
  )
  const { code, stderr } = await credtrail("ingest", log, "--data", data)
  if (code !== 0) throw new Error(stderr)
  chmodSync(data, 0o700)
})

let copies = 0
const copied = (): string => copyOf(data, join(directory, `copy-${copies++}`))

interface Found {
  readonly check: string
  readonly verdict: string
  readonly said: string
  readonly remedy?: string
}

const examine = async (place: string) => {
  const { code, stdout, stderr } = await credtrail("doctor", "--json", "--data", place)
  const { findings, problems, warnings } = JSON.parse(stdout) as {
    findings: ReadonlyArray<Found>
    problems: number
    warnings: number
  }
  return { code, stderr, findings, problems, warnings }
}

const noise = Buffer.from("no database at all ".repeat(500))

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

const contents = (place: string) =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    // SQLite makes the files beside a database for whoever reads it.
    .filter((entry) => entry.isFile() && !/-(wal|shm)$/.test(entry.name))
    .map(({ name, parentPath }) => [name, digestOf(readFileSync(join(parentPath, name)))])
    .sort()

describe("credtrail doctor", () => {
  it("finds nothing where all is well, and changes nothing", async () => {
    const before = contents(data)
    const { code, stderr, findings, problems } = await examine(data)
    expect(findings.filter(({ check, verdict }) => check !== "disk" && verdict !== "ok")).toEqual(
      [],
    )
    expect({ code, stderr, problems }).toEqual({ code: 0, stderr: "", problems: 0 })
    expect(contents(data)).toEqual(before)
  })

  it("shows people a table", async () => {
    const { code, stdout } = await credtrail("doctor", "--data", data)
    expect(stdout).toMatch(/^CHECK +VERDICT +FOUND\nnode +ok +Node\.js v\d+/)
    expect(code).toBe(0)
  })

  it("says that the directory is not there, and does not make it", async () => {
    const missing = join(directory, "missing")
    const { code, stderr, findings } = await examine(missing)
    expect(findings).toMatchObject([{}, { check: "data directory", verdict: "problem" }])
    expect({ code, stderr }).toEqual({ code: 1, stderr: "credtrail: there is a problem\n" })
    expect(readdirSync(directory)).not.toContain("missing")
  })

  it("says that a file is no directory", async () => {
    const file = join(directory, "file")
    writeFileSync(file, "notes")
    expect((await examine(file)).findings).toMatchObject([{}, { said: `${file} is a file` }])
  })

  it.each([
    ["log.sqlite", "log", /restore log\.sqlite from a backup/],
    ["readmodel.sqlite", "read models", /move readmodel\.sqlite .* away/],
    ["ingest.sqlite", "ingest record", /move ingest\.sqlite .* away/],
  ])("says that %s is no database, and what to do", async (file, check, remedy) => {
    const place = copied()
    chmodSync(place, 0o700)
    writeFileSync(join(place, file), noise)
    const { code, findings, problems } = await examine(place)
    expect(findings.find((finding) => finding.check === check)).toMatchObject({
      verdict: "problem",
      remedy: expect.stringMatching(remedy),
    })
    expect({ code, problems }).toEqual({ code: 1, problems: 1 })
  })

  it("finds damage in the middle of the log", async () => {
    const place = copied()
    const file = join(place, "log.sqlite")
    const database = new Sqlite(file)
    database.pragma("wal_checkpoint(TRUNCATE)")
    database.close()
    const open = openSync(file, "r+")
    writeSync(
      open,
      Buffer.alloc(4096, 0xaa),
      0,
      4096,
      4096 * Math.floor(statSync(file).size / 8192),
    )
    closeSync(open)
    const found = (await examine(place)).findings.find(({ check }) => check === "log")
    expect(found).toMatchObject({ verdict: "problem", said: expect.stringMatching(/is damaged/) })
  })

  it("says that a newer version wrote the log, and that another program did", async () => {
    const place = copied()
    const change = (pragma: string): void => {
      const database = new Sqlite(join(place, "log.sqlite"))
      database.pragma(pragma)
      database.close()
    }
    const said = async () => (await examine(place)).findings.find(({ check }) => check === "log")
    change("user_version = 99")
    expect(await said()).toMatchObject({ said: expect.stringMatching(/newer credtrail/) })
    change("application_id = 1")
    expect(await said()).toMatchObject({ said: expect.stringMatching(/some other database/) })
  })

  it("says that a log is missing, and that read models can be", async () => {
    const place = copied()
    for (const name of ["log", "readmodel", "ingest"]) {
      for (const more of ["", "-wal", "-shm"]) {
        rmSync(join(place, `${name}.sqlite${more}`), { force: true })
      }
    }
    const { findings, problems } = await examine(place)
    expect(findings.find(({ check }) => check === "log")).toMatchObject({ verdict: "problem" })
    expect(problems).toBe(1)
  })

  it("warns of a directory that others may enter, and of much that is not written back", async () => {
    const place = copied()
    chmodSync(place, 0o755)
    writeFileSync(join(place, "log.sqlite-wal"), "")
    truncateSync(join(place, "log.sqlite-wal"), 300 << 20)
    const { code, findings, warnings } = await examine(place)
    expect(
      findings.filter(({ check, verdict }) => check !== "disk" && verdict === "warning"),
    ).toMatchObject([{ check: "privacy", remedy: `chmod 700 ${place}` }, { check: "log wal" }])
    expect(code).toBe(0)
    expect(warnings).toBeGreaterThanOrEqual(2)
  })

  it("says that Node.js is too old", () => {
    expect(nodeFinding("v20.11.1")).toMatchObject({ verdict: "problem" })
    expect(nodeFinding("v24.21.0")).toMatchObject({ verdict: "ok" })
  })
})
