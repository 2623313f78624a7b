import { createHash } from "node:crypto"
import {
  chmodSync,
  closeSync,
  cpSync,
  mkdirSync,
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
import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { vectorCheck } from "../../../src/infra/app/doctor/vectorCheck.ts"
import { nodeCheck } from "../../../src/infra/app/runDoctor.ts"
import { layerMemory } from "../../../src/infra/eventlog/memory/MemoryEventLog.ts"
import { layerFake } from "../../../src/infra/vectorstore/fake/FakeVectorStore.ts"
import { canaryLogin } from "./canaryLogin.ts"
import { copyOf, credtrail, credtrailIn, temporary, writeLines } from "./credtrail.ts"

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

  const vectorsOf = async (place: string) =>
    (await examine(place)).findings.find(({ check }) => check === "vectors")

  it("says that the read models are behind, or stand still in a part", async () => {
    const place = copied()
    const folding = async (sql: string) => {
      const database = new Sqlite(join(place, "readmodel.sqlite"))
      database.exec(sql)
      database.close()
      return (await examine(place)).findings.filter(({ check }) => check === "folding")
    }
    const key = "'credential-reuse', '00000000-0000-4000-8000-000000000000', ''"
    expect(
      await folding(`INSERT INTO quarantine VALUES (${key}, 'plaintext', '', '')`),
    ).toMatchObject([{ verdict: "warning", said: expect.stringMatching(/quarantine.*: 1$/) }])
    expect(await folding("UPDATE checkpoints SET position = ''")).toMatchObject([
      { verdict: "warning", said: "the read models are 400 events behind the log" },
    ])
    expect(await folding("PRAGMA user_version = 99")).toEqual([])
  })

  it("says that vectors are behind, of another log, damaged, or not made by what was asked for", async () => {
    const place = join(directory, "with-vectors")
    const sessions = join(import.meta.dirname, "../../../sample/fleet/branch-oslo-02")
    await credtrail("ingest", sessions, "--decky", "oslo", "--data", place)
    const change = (sql: string): void => {
      const database = new Sqlite(join(place, "vectors.sqlite"))
      database.exec(sql)
      database.close()
    }
    expect(await vectorsOf(place)).toMatchObject({ verdict: "ok" })
    change("UPDATE checkpoints SET position = ''; DELETE FROM last_event")
    expect(await vectorsOf(place)).toMatchObject({
      verdict: "warning",
      said: expect.stringMatching(/\d+ events behind the log$/),
    })
    change(
      "INSERT INTO last_event VALUES (1, 'fingerprint-x', 0, 'b1946ac9-2492-5234-8c6f-235d4e6a1b2c', '0000000000000001')",
    )
    expect(await vectorsOf(place)).toMatchObject({
      verdict: "problem",
      remedy: expect.stringMatching(/credtrail vectors rebuild/),
    })
    writeFileSync(join(place, "vectors.sqlite"), noise)
    expect(await vectorsOf(place)).toMatchObject({ verdict: "problem" })
    const asked = await credtrailIn(
      { CREDTRAIL_VECTORSTORE_TYPE: "pinecone" },
      ...["doctor", "--json", "--data", copied()],
    )
    expect(JSON.parse(asked.stdout).findings).toContainEqual(
      expect.objectContaining({ check: "vectors", remedy: "correct the variable, or unset it" }),
    )
  })

  it("says that sqlite-vec cannot be loaded, and what that means", () =>
    Effect.runPromise(
      Effect.gen(function* () {
        expect(yield* vectorCheck).toMatchObject({
          verdict: "warning",
          said: expect.stringMatching(/in memory by each command .*: no such library$/),
        })
      }).pipe(Effect.provide(layerFake("no such library")), Effect.provide(layerMemory)),
    ))

  it("sees what rebuilds have left that were killed, and that one is under way", async () => {
    const place = copied()
    const { code, stderr } = await credtrail("rebuild", "--data", place)
    if (code !== 0) throw new Error(stderr)
    const said = async () => {
      const { findings } = await examine(place)
      return findings.filter(({ check }) => ["generations", "read models"].includes(check))
    }
    expect(await said()).toMatchObject([
      { verdict: "ok", said: "generation 2 is current" },
      {
        check: "read models",
        said: expect.stringMatching(/generations\/2\/readmodel.sqlite is whole/),
      },
    ])
    const nobody = 4_000_000 // no process has such an id
    for (const left of [
      "7",
      `scratch-${nobody}-abc`,
      `scratch-${nobody}-def`,
      `scratch-${process.pid}-abc`,
    ]) {
      mkdirSync(join(place, "generations", left))
      writeFileSync(join(place, "generations", left, "readmodel.sqlite"), Buffer.alloc(150_000))
    }
    expect(await said()).toContainEqual(
      expect.objectContaining({
        verdict: "warning",
        said: expect.stringMatching(/^3 half-built or no longer needed, 0\.5 MB/),
      }),
    )
    const held = new Sqlite(join(place, "generations", "rebuild.lock"))
    held.exec("BEGIN EXCLUSIVE")
    expect(await said()).toContainEqual(
      expect.objectContaining({ verdict: "ok", said: "one is being built now" }),
    )
    held.close()
    writeFileSync(join(place, "generations", "2", "readmodel.sqlite"), noise)
    expect(await said()).toContainEqual(
      expect.objectContaining({
        verdict: "problem",
        remedy: expect.stringMatching(/credtrail rollback/),
      }),
    )
    for (const more of ["-wal", "-shm"]) {
      rmSync(join(place, "generations", `registry.sqlite${more}`), { force: true })
    }
    writeFileSync(join(place, "generations", "registry.sqlite"), noise)
    expect(await said()).toContainEqual(
      expect.objectContaining({
        verdict: "problem",
        said: expect.stringMatching(/which of them is current cannot be read/),
      }),
    )
  })

  it("sees data that were made from another log", async () => {
    const place = copied()
    for (const more of ["", "-wal", "-shm"]) {
      rmSync(join(place, `log.sqlite${more}`), { force: true })
    }
    const line = writeLines(join(directory, "single.log"), [canaryLogin({ password: "rose" })])
    const small = join(directory, "small")
    await credtrail("ingest", line, "--data", small)
    cpSync(join(small, "log.sqlite"), join(place, "log.sqlite"))
    const { findings } = await examine(place)
    expect(findings.find(({ check }) => check === "belongs to log")).toMatchObject({
      verdict: "problem",
      said: expect.stringMatching(/^it was made from the log at /),
    })
  })

  it("says that Node.js is too old", () => {
    expect(nodeCheck("v20.11.1")).toMatchObject({ verdict: "problem" })
    expect(nodeCheck("v24.21.0")).toMatchObject({ verdict: "ok" })
  })
})
