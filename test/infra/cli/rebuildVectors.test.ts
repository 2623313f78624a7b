import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { getLoadablePath } from "sqlite-vec"
import { beforeAll, describe, expect, it } from "vitest"
import { rebuildLock } from "../../../src/infra/readmodel/rebuild/rebuildLock.ts"
import { answer, copyOf, credtrail, credtrailIn, ingestFleet, temporary } from "./credtrail.ts"

const patience = 120_000
const directory = temporary()
const data = join(directory, "data")
let copies = 0
const copied = (): string => copyOf(data, join(directory, `copy-${copies++}`))

beforeAll(() => ingestFleet(data), patience)

/** Takes away vectors behind credtrail's back. */
const tamper = (place: string): void => {
  const database = new Sqlite(join(place, "vectors.sqlite"))
  database.loadExtension(getLoadablePath())
  const no = database
    .prepare("SELECT version_no FROM versions JOIN kinds USING (kind_no) WHERE kind = 'ssh_kex'")
    .pluck()
    .get()
  database.exec(`DELETE FROM vec_${no} WHERE id IN (SELECT id FROM vec_${no} LIMIT 7);
    UPDATE versions SET vectors = vectors - 7 WHERE version_no = ${no}`)
  database.close()
}

describe("credtrail rebuild, with the vectors", () => {
  it(
    "rebuilds what status shows, all of it unless it is named",
    async () => {
      const place = copied()
      const { projections } = await answer("status", "--data", place)
      expect(projections.map(({ name }: { name: string }) => name)).toEqual([
        "credential-reuse",
        "vectors",
      ])
      const all = await answer("rebuild", "--data", place)
      expect(all).toMatchObject({
        ...{ generation: 2, previous: 1, events: 3000 },
        vectors: { position: projections[1].position, events: 68, leftOut: 0 },
      })
      const kinds: ReadonlyArray<{ kind: string; live: unknown; rebuilt: unknown }> =
        all.vectors.kinds
      expect(kinds.map(({ kind }) => kind)).toEqual(["cmd_ngram", "session_timing", "ssh_kex"])
      for (const { live, rebuilt } of kinds) expect(rebuilt).toEqual(live)
      const one = await answer("rebuild", "credential-reuse", "--data", place)
      expect(Object.keys(one)).not.toContain("vectors")
      expect(one).toMatchObject({ generation: 3 })
      const other = await answer("rebuild", "vectors", "--data", place)
      expect(other).toEqual({ vectors: all.vectors })
      expect((await answer("status", "--data", place)).generation).toMatchObject({ current: 3 })
      const wrong = await credtrail("rebuild", "findings", "--data", place)
      expect(wrong).toMatchObject({ code: 2, stdout: "" })
      expect(wrong.stderr).toContain('expected "credential-reuse" or "vectors"')
    },
    patience,
  )

  it(
    "mends vectors that were lost, and says which they were",
    async () => {
      const place = copied()
      const ask = ["similar", "4e1da8f7", "--data", place]
      const before = await answer(...ask)
      tamper(place)
      const { code, stdout, stderr } = await credtrail("rebuild", "vectors", "--data", place)
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(stdout).toMatch(/^ssh_kex +57 +50 +57 +[0-9a-f]{16} +[0-9a-f]{16} +DIFFERENT$/m)
      expect(stdout).toMatch(/^session_timing +9 +9 +9 +([0-9a-f]{16}) +\1 +equal$/m)
      expect(stdout).toMatch(/3 kinds of vectors rebuilt, as the log has them, of 68 events\n$/)
      expect(await answer(...ask)).toEqual(before)
      expect(existsSync(join(place, "processes"))).toBe(true)
    },
    patience,
  )

  it(
    "says so where vectors are kept nowhere, and rebuilds the rest",
    async () => {
      const place = copied()
      for (const [env, backend] of [
        [{ CREDTRAIL_VECTORSTORE_ENABLED: "false" }, "null"],
        [{ CREDTRAIL_VECTORSTORE_TYPE: "fake" }, "fake"],
      ] as const) {
        const named = await credtrailIn(env, "rebuild", "vectors", "--data", place)
        expect(named).toEqual({
          ...{ code: 0, stderr: "" },
          stdout: `the vector store is ${backend}, which keeps nothing that could be rebuilt\n`,
        })
        const all = await credtrailIn(env, "rebuild", "--json", "--data", place)
        expect(JSON.parse(all.stdout)).toMatchObject({ events: 3000, vectors: null })
      }
    },
    patience,
  )

  it(
    "is refused while another rebuild is at work",
    async () => {
      const place = copied()
      const rebuilds = [["rebuild", "vectors"], ["rebuild"], ["vectors", "rebuild", "ssh_kex"]]
      const called = await Effect.runPromise(
        Effect.scoped(
          Effect.andThen(
            rebuildLock(place),
            Effect.forEach(rebuilds, (command) =>
              Effect.promise(() => credtrail(...command, "--data", place)),
            ),
          ),
        ),
      )
      for (const { code, stdout, stderr } of called) {
        expect({ code, stdout }).toEqual({ code: 4, stdout: "" })
        expect(stderr).toMatch(/^credtrail: another process is rebuilding in /)
      }
      expect((await credtrail("rebuild", "--data", place)).code).toBe(0)
    },
    patience,
  )

  it(
    "makes no directory that was named by mistake",
    async () => {
      const place = join(directory, "mistaken")
      const rebuilds = [["rebuild"], ["rebuild", "vectors"], ["vectors", "rebuild"]]
      for (const command of [...rebuilds, ["vectors", "rebuild", "ssh_kex"]]) {
        const called = await credtrail(...command, "--data", place)
        expect(called).toMatchObject({ code: 5, stdout: "" })
        expect(called.stderr).toMatch(/run credtrail ingest first/i)
        expect(existsSync(place)).toBe(false)
      }
    },
    patience,
  )

  it(
    "switches nothing where it is called wrongly or the vectors cannot be had",
    async () => {
      const place = copied()
      const qdrant = { CREDTRAIL_VECTORSTORE_TYPE: "qdrant" }
      expect(await credtrailIn(qdrant, "rebuild", "--data", place)).toMatchObject({ code: 2 })
      const accepting = ["rebuild", "vectors", "--accept-difference", "why not", "--data", place]
      expect(await credtrail(...accepting)).toMatchObject({ code: 2, stdout: "" })
      writeFileSync(join(place, "vectors.sqlite"), "this is by no means a database, as is seen")
      expect(await credtrail("rebuild", "--data", place)).toMatchObject({ code: 5, stdout: "" })
      expect((await answer("status", "--data", place)).generation).toMatchObject({ current: 1 })
      expect((await credtrail("rebuild", "credential-reuse", "--data", place)).code).toBe(0)
    },
    patience,
  )
})
