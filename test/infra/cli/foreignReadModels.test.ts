import { copyFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { beforeAll, describe, expect, it } from "vitest"
import { canaryLogin } from "./canaryLogin.ts"
import { answer, copyOf, credtrail, temporary, writeLines } from "./credtrail.ts"

const directory = temporary()
const ours = join(directory, "ours")

/**
 * Reads two attempts with one password on two hosts of a fleet. The hosts of both fleets have the same
 * names, and so do the streams of both logs.
 */
const ingest = async (fleet: string): Promise<void> => {
  const lines = ["1", "2"].map((host, minute) =>
    canaryLogin({ decky: `gate-${host}`, password: `orchid of ${fleet}` }, minute),
  )
  const log = writeLines(join(directory, "logs", fleet, "hosts", "opencanary.log"), lines)
  await answer("ingest", log, "--data", join(directory, fleet))
}

beforeAll(async () => {
  await ingest("ours")
  await ingest("theirs")
})

const withTheirs = (name: string): string => {
  const data = copyOf(ours, join(directory, name))
  copyFileSync(join(directory, "theirs", "readmodel.sqlite"), join(data, "readmodel.sqlite"))
  for (const left of ["-wal", "-shm"])
    rmSync(join(data, `readmodel.sqlite${left}`), { force: true })
  return data
}

describe("read models of another log", () => {
  it.each([["findings"], ["status"], ["credentials"], ["why", "0123abcd"], ["verify"]])(
    "are refused before they answer: credtrail %s",
    async (...command) => {
      const called = await credtrail(...command, "--data", withTheirs(`read-${command[0]}`))
      expect([called.code, called.stdout]).toEqual([5, ""])
      expect(called.stderr).toMatch(
        /its read models were built from a log other than .* move readmodel/u,
      )
    },
  )

  it("are refused before anything is folded or announced", async () => {
    const data = withTheirs("written")
    const more = writeLines(join(directory, "logs", "more", "opencanary.log"), [
      canaryLogin({ decky: "gate-3", password: "orchid of ours" }, 9),
    ])
    expect((await credtrail("ingest", more, "--data", data)).code).toBe(5)
    const log = new Sqlite(join(data, "log.sqlite"), { readonly: true })
    const announced = log
      .prepare<[], number>(
        `SELECT count(*) FROM events JOIN types USING (type_id)
          WHERE types.name = 'credential.reuse.detected'`,
      )
      .pluck()
      .get()
    log.close()
    expect(announced).toBe(1)
  })

  it("are told of by doctor, with what to do, and are made again once they are moved away", async () => {
    const data = withTheirs("told")
    const { stdout } = await credtrail("doctor", "--data", data)
    expect(stdout).toMatch(
      /belongs to log +problem +its read models were built from a log other than/u,
    )
    rmSync(join(data, "readmodel.sqlite"))
    await answer(
      "ingest",
      join(directory, "logs", "ours", "hosts", "opencanary.log"),
      "--data",
      data,
    )
    const { findings } = await answer("findings", "--data", data)
    expect(findings).toHaveLength(1)
  })
})
