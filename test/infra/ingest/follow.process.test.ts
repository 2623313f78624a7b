import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { cowrieLine, cowrieLog, passwords } from "./honeypotLogs.ts"
import { inData, summary, withPlace as test, until, untilCaptured } from "./processPlace.ts"
import { type Running, runCredtrail, startCredtrail } from "./runCredtrail.ts"
import { rejects, secrets } from "./workplace.ts"

const following = (data: string, ...paths: ReadonlyArray<string>) =>
  startCredtrail(["ingest", "--follow", "--data", data, ...paths])

/** Ends a process that follows; answers with the secrets in its log, in order. */
const finish = (running: Running, data: string) =>
  Effect.gen(function* () {
    running.signal("SIGTERM")
    expect((yield* running.ended).code).toBe(130)
    return [...(yield* inData(data, secrets))].sort()
  })

describe("a process that follows", () => {
  test("reads files that grow, rotate in either way, and appear, each line once", ({
    directory,
    data,
    log,
  }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 100))
      const running = yield* following(data, directory)
      yield* untilCaptured(data, 100)
      appendFileSync(log(), `gibberish\n${cowrieLog(100, 150)}${cowrieLine(150).slice(0, 40)}`)
      yield* untilCaptured(data, 150)
      appendFileSync(log(), `${cowrieLine(150).slice(40)}\n`)
      yield* untilCaptured(data, 151)

      renameSync(log(), log("cowrie.json.1"))
      appendFileSync(log("cowrie.json.1"), cowrieLog(151, 155))
      writeFileSync(log(), cowrieLog(155, 200))
      yield* untilCaptured(data, 200)

      copyFileSync(log(), log("cowrie.json.2"))
      truncateSync(log())
      appendFileSync(log(), cowrieLog(200, 210))
      yield* untilCaptured(data, 210)

      writeFileSync(log("another.json"), cowrieLog(210, 220))
      writeFileSync(log("old.json.gz"), gzipSync(cowrieLog(220, 230)))
      writeFileSync(log("empty.json"), "")
      writeFileSync(log("notes.txt"), "no log\n")
      mkdirSync(join(directory, "late"))
      writeFileSync(join(directory, "late", "cowrie.json"), cowrieLog(230, 240))
      yield* untilCaptured(data, 240)
      yield* until(() => running.errors().includes("notes.txt: unrecognised log format"))
      appendFileSync(log("empty.json"), cowrieLog(240, 250))
      yield* untilCaptured(data, 250)
      appendFileSync(log("another.json"), cowrieLog(250, 251))
      yield* untilCaptured(data, 251)

      expect(yield* finish(running, data)).toEqual([...passwords(0, 251)].sort())
      const kept = yield* inData(data, rejects)
      expect(kept.map(({ file, line }) => [file, line])).toEqual([[log("cowrie.json.1"), 101]])

      const again = yield* runCredtrail(["ingest", "--data", data, "--json", directory])
      expect(summary(again.output)).toMatchObject({ captures: 0, rejected: 0 })
      expect(yield* inData(data, rejects)).toEqual(kept)
    }))

  test("takes up what came while nobody followed", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 50))
      const first = yield* following(data, log())
      yield* untilCaptured(data, 50)
      yield* finish(first, data)
      appendFileSync(log(), cowrieLog(50, 60))
      const second = yield* following(data, log())
      yield* untilCaptured(data, 60)
      appendFileSync(log(), cowrieLog(60, 70))
      yield* untilCaptured(data, 70)
      expect(yield* finish(second, data)).toEqual([...passwords(0, 70)].sort())
    }))

  test("stands by while another one has its source, and takes it up when that one is killed", ({
    data,
    log,
  }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 10))
      const both = [yield* following(data, log()), yield* following(data, log())]
      const isBusy = (running: Running) => running.errors().includes("another process is ingesting")
      yield* untilCaptured(data, 10)
      let growth = 10
      yield* until(() => {
        appendFileSync(log(), cowrieLog(growth, growth + 1))
        growth++
        return both.some(isBusy)
      })
      const [standby, primary] = both[0] !== undefined && isBusy(both[0]) ? both : both.toReversed()
      if (standby === undefined || primary === undefined) throw new Error("there are two")
      primary.signal("SIGKILL")
      yield* primary.ended
      appendFileSync(log(), cowrieLog(growth, growth + 5))
      yield* untilCaptured(data, growth + 5)
      expect(yield* finish(standby, data)).toEqual([...passwords(0, growth + 5)].sort())
    }))
})
