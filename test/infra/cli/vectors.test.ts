import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { beforeAll, describe, expect, it } from "vitest"
import { vectorId } from "../../../src/domain/event/ids.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { layerEmbedded } from "../../../src/infra/eventlog/embedded/EmbeddedEventLog.ts"
import { fingerprinted } from "../vectorstore/fingerprintEvents.ts"
import { answer, copyOf, credtrail, credtrailIn, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const data = join(directory, "data")
const vectorFile = join(directory, "vector.json")
const honeypot = join(directory, "ssh", "cowrie.json")

const ingest = (to: string, ...more: ReadonlyArray<string>) =>
  credtrail("ingest", honeypot, "--data", to, ...more)

const append = (to: string, stream: string, sessions: ReadonlyArray<string>) =>
  EventLog.use((log) =>
    log.append({
      stream,
      expectedRevision: "no_stream",
      events: sessions.map((session, n) =>
        fingerprinted(session, [n + 1, 2, 3], { kind: "made_up", metric: "cosine" }),
      ),
    }),
  ).pipe(Effect.provide(layerEmbedded({ file: join(to, "log.sqlite") })), Effect.runPromise)

beforeAll(async () => {
  writeLines(honeypot, [
    {
      ...{ eventid: "cowrie.login.failed", session: "a1b2c3d4", src_ip: "203.0.113.5" },
      ...{ username: "root", password: "Winter#42", sensor: "d1", protocol: "ssh" },
      timestamp: "2026-03-01T10:00:00.000000Z",
    },
  ])
  writeFileSync(vectorFile, "[1, 2, 3]")
  expect((await ingest(data)).code).toBe(0)
  await append(data, "fingerprint-made-up", ["one", "two", "three"])
  expect((await ingest(data)).code).toBe(0)
})

const inMemory = { CREDTRAIL_VECTORSTORE_TYPE: "fake" }

/** The answer of a call with `--json` under these environment variables. */
const answerIn = async (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) => {
  const called = await credtrailIn(env, ...args, "--json")
  expect(called.code).toBe(0)
  return JSON.parse(called.stdout)
}

describe("credtrail vectors", () => {
  it("shows what the projection has kept", async () => {
    const { health, kinds } = await answer("vectors", "--data", data)
    expect(health).toMatchObject({
      backend: "sqlite-vec",
      location: join(data, "vectors.sqlite"),
      fallback: null,
      problem: null,
    })
    expect(kinds).toContainEqual({
      kind: "made_up",
      metric: "cosine",
      dimension: 3,
      vectors: 3,
      versions: [{ version: 1, vectors: 3 }],
    })
    const { stdout } = await credtrail("vectors", "--data", data)
    expect(stdout).toMatch(/store +sqlite-vec, .*vectors\.sqlite/)
    expect(stdout).toMatch(/made_up +cosine +3 +1 +3/)
  })

  it("has its projection in the status", async () => {
    const { projections } = await answer("status", "--data", data)
    expect(projections).toContainEqual(
      expect.objectContaining({ name: "vectors", state: "stopped", gap: 0, error: null }),
    )
  })

  it("says that the vectors are behind, until they have been taken in", async () => {
    const behind = copyOf(data, join(directory, "behind"))
    await append(behind, "fingerprint-late", ["late"])
    expect((await credtrail("vectors", "--data", behind)).stderr).toContain("1 events behind")
    const status = await answer("status", "--data", behind)
    expect(status.projections).toContainEqual(expect.objectContaining({ name: "vectors", gap: 1 }))
    await ingest(behind)
    const { stderr, stdout } = await credtrail("vectors", "--data", behind)
    expect(stderr).toBe("")
    expect(stdout).toMatch(/made_up +cosine +3 +1 +4/)
  })

  it("finds the nearest, the same in memory as in the file", async () => {
    const ask = ["vectors", "knn", "made_up", "--vector", vectorFile, "--k", "2", "--data", data]
    const found = await answer(...ask)
    expect(found).toEqual({
      kind: "made_up",
      extractorVersion: 1,
      neighbours: [
        { id: vectorId("d1", "one"), distance: 0 },
        { id: vectorId("d1", "two"), distance: expect.closeTo(0.027694, 5) },
      ],
    })
    expect(await answerIn(inMemory, ...ask)).toEqual(found)
    expect((await answerIn(inMemory, "vectors", "--data", data)).health.backend).toBe("fake")
    const off = { ...inMemory, CREDTRAIL_VECTORSTORE_ENABLED: "false" }
    expect((await credtrailIn(off, ...ask)).code).toBe(3)
    const { health, kinds } = await answerIn(off, "vectors", "--data", data)
    expect(health.backend).toBe("null")
    expect(kinds).toEqual([])
  })

  it("explains what is wrong with a call, in one line", async () => {
    const broken = join(directory, "broken.json")
    writeFileSync(broken, '{"not": "a vector"}')
    const knn = (...args: ReadonlyArray<string>) =>
      credtrail("vectors", "knn", ...args, "--data", data)
    for (const [args, code, says] of [
      [["nothing", "--vector", vectorFile], 3, "made_up"],
      [["made_up", "--vector", join(directory, "absent.json")], 2, "absent.json"],
      [["made_up", "--vector", broken], 2, "JSON array of numbers"],
      [["made_up", "--vector", vectorFile, "--k", "0"], 2, "--k"],
    ] as const) {
      const called = await knn(...args)
      expect(called.code).toBe(code)
      expect(called.stderr).toContain(says)
      expect(called.stderr.trim().split("\n")).toHaveLength(1)
    }
    writeFileSync(broken, "[1, 2]")
    const called = await knn("made_up", "--vector", broken)
    expect(called).toMatchObject({ code: 2, stderr: expect.stringContaining("3") })
  })

  it("rebuilds a kind from the log", async () => {
    expect(await answer("vectors", "rebuild", "made_up", "--data", data)).toMatchObject({
      rebuilt: [
        { kind: "made_up", fingerprints: 3, live: { vectors: 3 }, rebuilt: { vectors: 3 } },
      ],
    })
    const all = await credtrail("vectors", "rebuild", "--data", data)
    expect(all).toMatchObject({ code: 0, stdout: expect.stringMatching(/made_up +3/) })
    const unknown = await credtrail("vectors", "rebuild", "nothing", "--data", data)
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('"nothing"') })
    expect((await credtrailIn(inMemory, "vectors", "rebuild", "--data", data)).code).toBe(2)
  })

  it("can be had again when its file is lost, with the same neighbours", async () => {
    const lost = copyOf(data, join(directory, "lost"))
    const env = { CREDTRAIL_VECTORSTORE_PATH: join(directory, "new", "v.sqlite") }
    await credtrailIn(env, "ingest", honeypot, "--data", lost)
    const ask = ["vectors", "knn", "made_up", "--vector", vectorFile, "--data"]
    expect(await answerIn(env, ...ask, lost)).toEqual(await answer(...ask, data))
  })

  it("is refused with a log that it was not made from, until all is rebuilt", async () => {
    const other = join(directory, "other")
    await ingest(other)
    await append(other, "fingerprint-other", ["four"])
    const env = { CREDTRAIL_VECTORSTORE_PATH: join(directory, "theirs", "v.sqlite") }
    await credtrailIn(env, "ingest", honeypot, "--data", data)
    for (const command of [
      ["vectors"],
      ["vectors", "knn", "made_up", "--vector", vectorFile],
      ["vectors", "rebuild", "made_up"],
      ["ingest", honeypot],
    ]) {
      const called = await credtrailIn(env, ...command, "--data", other)
      expect(called).toMatchObject({ code: 5, stdout: "" })
      expect(called.stderr).toMatch(
        /made from another log, not from .*other.*vectors rebuild, or name another directory/,
      )
    }
    const { projections } = await answerIn(env, "status", "--data", other)
    expect(projections).toContainEqual(
      expect.objectContaining({
        state: "unavailable",
        error: expect.stringMatching(/another log/),
      }),
    )
    expect(await answerIn(env, "vectors", "rebuild", "--data", other)).toMatchObject({
      rebuilt: [{ kind: "made_up", fingerprints: 1, rebuilt: { vectors: 1 } }],
    })
    const { health } = await answerIn(env, "vectors", "--data", other)
    expect(health.vectors).toBe(1)
    expect((await credtrailIn(env, "ingest", honeypot, "--data", other)).code).toBe(0)
  })

  it("does not keep the status from being shown when the store is damaged or misconfigured", async () => {
    const damaged = copyOf(data, join(directory, "damaged"))
    const file = join(damaged, "vectors.sqlite")
    writeFileSync(file, "by no means a database, which is easily seen by how it begins")
    expect(await credtrail("vectors", "--data", damaged)).toMatchObject({ code: 5 })
    const { projections } = await answer("status", "--data", damaged)
    expect(projections).toContainEqual(
      expect.objectContaining({ name: "vectors", state: "unavailable", error: expect.any(String) }),
    )
    const env = { CREDTRAIL_VECTORSTORE_TYPE: "qdrant" }
    for (const command of [["vectors"], ["ingest", honeypot]]) {
      const called = await credtrailIn(env, ...command, "--data", data)
      expect(called).toMatchObject({ code: 2, stderr: expect.stringContaining("qdrant") })
    }
    expect((await credtrailIn(env, "status", "--data", data)).code).toBe(0)
    expect((await credtrailIn(env, "findings", "--data", data)).code).toBe(0)
  })

  it("shows an empty store before there are vectors", async () => {
    const env = { CREDTRAIL_VECTORSTORE_PATH: join(directory, "not there.sqlite") }
    const { health, kinds } = await answerIn(env, "vectors", "--data", data)
    expect(health).toMatchObject({ backend: "sqlite-vec", vectors: 0, problem: null })
    expect(kinds).toEqual([])
  })
})
