import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { cowrieLog, passwords } from "./honeypotLogs.ts"
import { inData, mayMount, smallDisk, summary, withPlace as test } from "./processPlace.ts"
import { runCredtrail } from "./runCredtrail.ts"
import { captured, rejects, secrets } from "./workplace.ts"

const isRoot = process.getuid?.() === 0
const nobody = 65_534

describe("what goes wrong", () => {
  const ingest = (data: string, ...parameters: ReadonlyArray<string>) =>
    runCredtrail(["ingest", "--data", data, ...parameters])
  const lines = (text: string): ReadonlyArray<string> =>
    text.split("\n").filter((line) => line !== "")

  test("is said in one line for a path that is not there, before anything is made", ({
    data,
    log,
  }) =>
    Effect.gen(function* () {
      for (const more of [[], ["--follow"]]) {
        const { code, output, errors } = yield* ingest(data, ...more, log("gone.json"))
        expect([code, output]).toEqual([6, ""])
        expect(lines(errors)).toEqual([
          `credtrail: cannot read ${log("gone.json")}: there is no such file or directory`,
        ])
      }
      expect(existsSync(data)).toBe(false)
    }))

  test("is said in one line for a file that is no log", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log("notes.txt"), "nothing\n".repeat(100))
      const { code, output, errors } = yield* ingest(data, log("notes.txt"))
      expect([code, output]).toEqual([6, ""])
      expect(lines(errors)).toEqual([
        expect.stringContaining(`${log("notes.txt")}: unrecognised log format`),
      ])
      const piped = yield* runCredtrail(["ingest", "--data", data, "-"], { input: "nothing\n" })
      expect(piped.code).toBe(6)
      expect(lines(piped.errors)).toEqual([
        expect.stringContaining("standard input: unrecognised log format"),
      ])
    }))

  test("does not keep what is beside it from being read", ({ data, log, directory }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 5))
      writeFileSync(log("notes.txt"), "nothing\n")
      const named = yield* ingest(data, "--json", "--decky", "a", log(), log("notes.txt"))
      expect(named.code).toBe(6)
      expect(summary(named.output)).toMatchObject({ captures: 5, unknownFiles: [log("notes.txt")] })
      const found = yield* ingest(data, "--json", "--decky", "b", directory)
      expect(found.code).toBe(0)
      expect(lines(found.errors)).toEqual([
        expect.stringContaining("notes.txt: unrecognised log format"),
      ])
    }))

  test("is a usage error for settings that make no sense", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 1))
      for (const [said, about] of [
        [["--format", "morse", log()], "morse"],
        [["--timezone", "Mars/Olympus", log()], "Mars/Olympus"],
        [["--decky", "", log()], "empty"],
        [["--sensor", "{host}", log()], "{host}"],
        [["--follow", "-"], "cannot follow standard input"],
      ] as const) {
        const { code, errors } = yield* ingest(data, ...said)
        expect(code).toBe(2)
        expect(errors).toContain(about)
      }
      expect(existsSync(data)).toBe(false)
    }))

  test("is said for a file that may not be read, and the others are", ({ data, log, directory }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 5))
      writeFileSync(log("secret.json"), cowrieLog(5, 10))
      mkdirSync(log("closed"))
      chmodSync(log("secret.json"), 0o000)
      chmodSync(log("closed"), 0o000)
      mkdirSync(data, { mode: 0o700 })
      if (isRoot) chownSync(data, nobody, nobody)
      const { code, output, errors } = yield* runCredtrail(
        ["ingest", "--data", data, "--decky", "a", "--json", directory],
        isRoot ? { uid: nobody } : {},
      )
      expect(code).toBe(6)
      expect(summary(output)).toMatchObject({ captures: 5 })
      const why = "permission denied: run as a user who may read it"
      expect(lines(errors).map((line) => line.replace(/^[a-z]+: /, ""))).toEqual(
        expect.arrayContaining([
          `cannot read ${log("closed")}: ${why}`,
          `cannot read ${log("secret.json")}: ${why}`,
        ]),
      )
      expect(lines(errors)).toHaveLength(2)
    }))

  test("is said for data that cannot be written", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 5))
      writeFileSync(data, "in the way")
      const blocked = yield* ingest(data, log())
      expect(blocked.code).toBe(5)
      expect(lines(blocked.errors)).toEqual([
        `credtrail: cannot use the data directory ${data}: it is a file, not a directory`,
      ])
      rmSync(data)
      mkdirSync(data)
      chmodSync(data, 0o555)
      const parameters = ["ingest", "--data", data, log()]
      const user = isRoot ? { uid: nobody } : {}
      const unwritable = yield* runCredtrail(parameters, user)
      expect(unwritable.code).toBe(5)
      expect(unwritable.errors).toMatch(/cannot be (opened|written)/)
      expect(unwritable.output).toBe("")
      chmodSync(data, 0o755)
      expect((yield* ingest(data, log())).code).toBe(0)
      appendFileSync(log(), cowrieLog(5, 6))
      if (isRoot) expect((yield* runCredtrail(parameters, user)).code).toBe(5)
      expect((yield* ingest(data, log())).code).toBe(0)
      expect(yield* inData(data, secrets)).toEqual(passwords(0, 6))
    }))

  test(
    "is said when the disk is full, and the same command completes once there is space (needs the right to mount)",
    ({ directory, log }) =>
      Effect.gen(function* () {
        const disk = yield* smallDisk(join(directory, "disk"), "1m")
        writeFileSync(log(), `gibberish\n${cowrieLog(0, 6000)}`)
        const data = join(disk, "data")
        const full = yield* ingest(data, log())
        expect([full.code, full.output]).toEqual([5, ""])
        expect(full.errors).toContain("no space is left on the disk")
        execFileSync("mount", ["-o", "remount,size=200m", disk])
        const { code, output } = yield* ingest(data, "--json", log())
        expect(code).toBe(0)
        expect(summary(output)).toMatchObject({ files: 1 })
        const captures = yield* inData(data, captured)
        expect(captures.map(({ source }) => source.line)).toEqual(
          Array.from({ length: 6000 }, (_, n) => n + 2),
        )
        expect(yield* inData(data, rejects)).toHaveLength(1)
        const database = new Sqlite(join(data, "log.sqlite"))
        expect(database.pragma("integrity_check", { simple: true })).toBe("ok")
        database.close()
      }),
    !mayMount(),
  )
})
