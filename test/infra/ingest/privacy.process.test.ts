import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { cowrieLog } from "./honeypotLogs.ts"
import { withPlace as test, until, untilCaptured } from "./processPlace.ts"
import { runCredtrail, startCredtrail } from "./runCredtrail.ts"

/** What of a directory, and all below it, somebody else may read, write or enter. */
const openToOthers = (directory: string): ReadonlyArray<string> =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(
    (name) => (statSync(join(directory, name)).mode & 0o077) !== 0,
  )

describe("the files of the data", () => {
  test("are for their owner alone while a service runs, whatever the umask and the directory", ({
    data,
    log,
  }) =>
    Effect.gen(function* () {
      mkdirSync(data, { mode: 0o755 })
      writeFileSync(log(), cowrieLog(0, 20))
      const running = yield* startCredtrail(["run", "--data", data, log()], { umask: "000" })
      yield* untilCaptured(data, 20)
      const names = readdirSync(data)
      expect(names).toEqual(
        expect.arrayContaining(["log.sqlite", "log.sqlite-wal", "log.sqlite-shm"]),
      )
      expect(openToOthers(data)).toEqual([])
      expect(statSync(data).mode & 0o777).toBe(0o755)
      // What it says comes through a pipe, and may come later than what it does.
      yield* until(() => running.errors().includes(`other users may enter ${data}`))
    }))

  test("come with no warning where nobody else can enter the directory", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 2))
      const { errors } = yield* runCredtrail(["ingest", "--decky", "a", "--data", data, log()])
      expect(errors).not.toContain("other users")
      chmodSync(data, 0o711)
      const again = yield* runCredtrail(["ingest", "--decky", "a", "--data", data, log()])
      expect(again.errors).toContain(`chmod 700 ${data}`)
    }))
})
