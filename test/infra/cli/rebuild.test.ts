import { rmSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { beforeAll, describe, expect, it } from "vitest"
import { answer, copyOf, credtrail, ingestFleet, temporary } from "./credtrail.ts"

const patience = 120_000
const directory = temporary()
const data = join(directory, "data")
let copies = 0
const copied = (): string => copyOf(data, join(directory, `copy-${copies++}`))

beforeAll(() => ingestFleet(data), patience)

/** Changes the live read models behind credtrail's back. */
const tamper = (place: string, sql: string): void => {
  const database = new Sqlite(join(place, "readmodel.sqlite"))
  database.exec(sql)
  database.close()
}

const edit = "UPDATE findings SET attempt_count = 999 WHERE finding_no = 1"

describe("credtrail rebuild, verify and rollback", () => {
  it(
    "prove the read models, rebuild them, and go back",
    async () => {
      const place = copied()
      const findings = await answer("findings", "--data", place)
      const { log } = await answer("status", "--data", place)
      const verified = await credtrail("verify", "--data", place)
      expect(verified).toMatchObject({ code: 0, stderr: "" })
      expect(verified.stdout).toMatch(/^generation 1, at 0/)
      expect(verified.stdout).toMatch(/348 in the log, 0 waiting, as the history implies\n$/)
      const rebuilt = await credtrail("rebuild", "--data", place)
      expect(rebuilt).toMatchObject({ code: 0, stderr: "" })
      expect(rebuilt.stdout).toMatch(/credentials +2606 +2606 .* equal\n/)
      expect(rebuilt.stdout).toMatch(
        /generation 2 is current, made of 3000 events; generation 1 is/,
      )
      expect((await answer("status", "--data", place)).generation).toEqual({
        current: 2,
        since: expect.any(Number),
        previous: 1,
      })
      expect((await credtrail("status", "--data", place)).stdout).toMatch(
        /^generation {5}2, current for .* \(credtrail rollback goes back to 1\)$/m,
      )
      expect(await answer("findings", "--data", place)).toEqual(findings)
      expect(await answer("rollback", "--data", place)).toMatchObject({
        generation: 1,
        previous: 2,
      })
      expect(await answer("rollback", "--data", place)).toMatchObject({
        generation: 2,
        previous: 1,
      })
      expect(await answer("findings", "--data", place)).toEqual(findings)
      expect((await answer("status", "--data", place)).log).toEqual(log)
    },
    patience,
  )

  it(
    "make read models that have been lost, without a service at work",
    async () => {
      const place = copied()
      const findings = await answer("findings", "--data", place)
      for (const end of ["", "-wal", "-shm"]) {
        rmSync(join(place, `readmodel.sqlite${end}`), { force: true })
      }
      expect(await answer("rebuild", "--data", place)).toMatchObject({ events: 3000 })
      expect(await answer("findings", "--data", place)).toEqual(findings)
      const verified = await credtrail("verify", "--data", place)
      expect(verified).toMatchObject({ code: 0, stderr: "" })
    },
    patience,
  )

  it(
    "refuse a difference, and record who accepts it and why",
    async () => {
      const place = copied()
      tamper(place, edit)
      const verified = await credtrail("verify", "--data", place)
      expect(verified.stdout).toMatch(/attempt_count is 999, rebuilt \d+/)
      expect(verified.stderr).toMatch(/^credtrail: the read models in findings are not what/)
      expect(verified.code).toBe(7)
      const refused = await credtrail("rebuild", "--data", place)
      expect(refused).toMatchObject({ code: 7, stdout: "" })
      expect(refused.stderr).toMatch(/attempt_count is 999, rebuilt \d+/)
      expect(refused.stderr).toMatch(/credtrail: .* in findings; nothing was switched/)
      const noReason = await credtrail("rebuild", "--accept-difference", " ", "--data", place)
      expect(noReason).toMatchObject({ code: 2, stdout: "" })
      const accepting = ["rebuild", "--accept-difference", "a hand slipped", "--data", place]
      expect(await answer(...accepting)).toMatchObject({ generation: 2, previous: 1 })
      const told = ["tail", "readmodel.>", "--from", "start", "--no-follow", "--json"]
      const accepted = JSON.parse((await credtrail(...told, "--data", place)).stdout)
      expect(accepted).toMatchObject({
        stream: "readmodel-rebuilds",
        data: {
          reason: "a hand slipped",
          acceptedBy: expect.stringMatching(/.@./),
          generation: 2,
          tables: [{ table: "findings", liveRows: 1978, rebuiltRows: 1978 }],
        },
      })
      expect((await credtrail("verify", "--data", place)).code).toBe(0)
      const again = ["rebuild", "--accept-difference", "to be sure", "--data", place]
      expect(await answer(...again)).toMatchObject({ generation: 3 })
      expect((await credtrail(...told, "--data", place)).stdout.trim().split("\n")).toHaveLength(1)
    },
    patience,
  )

  it(
    "find announcements that are missing, that nothing implies, and that say something else",
    async () => {
      const place = copied()
      const log = new Sqlite(join(place, "log.sqlite"))
      const [missing, unimplied, altered] = log
        .prepare<[], { position: number; data: string }>(
          `SELECT position, data FROM events JOIN types USING (type_id)
            WHERE name = 'credential.reuse.detected' AND revision = 0 LIMIT 3`,
        )
        .all()
      const set = (column: string, value: unknown, at = 0) =>
        log.prepare(`UPDATE events SET ${column} = ? WHERE position = ?`).run(value, at)
      log.prepare("DELETE FROM events WHERE position = ?").run(missing?.position)
      set("event_id", Buffer.alloc(16, 7), unimplied?.position)
      set("data", altered?.data.replace('"attemptCount":', '"attemptCount":1'), altered?.position)
      log.close()
      const { code, stdout } = await credtrail("verify", "--json", "--data", place)
      expect(code).toBe(7)
      const { announced } = JSON.parse(stdout)
      const found = announced.examples.map(({ what }: { what: string }) => what).toSorted()
      expect(found).toEqual(["altered", "missing", "missing", "unexpected"])
      expect(announced).toMatchObject({ inLog: 347, waiting: 0, wrong: 4 })
    },
    patience,
  )

  it(
    "have nothing to go back to before a rebuild",
    async () => {
      const { code, stderr } = await credtrail("rollback", "--data", copied())
      expect(stderr).toMatch(/^credtrail: there is no earlier generation/)
      expect(code).toBe(3)
    },
    patience,
  )
})
