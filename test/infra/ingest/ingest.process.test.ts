import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { cowrieLog } from "./honeypotLogs.ts"
import { inData, summary, withPlace as test, until, untilCaptured } from "./processPlace.ts"
import { runCredtrail, startCredtrail } from "./runCredtrail.ts"
import { captured, rejects } from "./workplace.ts"

describe("processes that ingest", () => {
  test("go on where they were when they are ended in the middle", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), `gibberish\n${cowrieLog(0, 15_000)}nonsense`)
      let before = 0
      for (let round = 0; round < 2; round++) {
        const running = yield* startCredtrail(["ingest", "--data", data, log()])
        yield* untilCaptured(data, before + 1)
        running.signal("SIGTERM")
        expect(yield* running.ended).toMatchObject({ code: 130, output: "" })
        before = yield* untilCaptured(data, before + 1)
      }
      const { code, output } = yield* runCredtrail(["ingest", "--data", data, "--json", log()])
      expect(code).toBe(0)
      expect(summary(output)).toMatchObject({ captures: 15_000 - before })
      const captures = yield* inData(data, captured)
      expect(captures.map(({ source }) => source.line)).toEqual(
        Array.from({ length: 15_000 }, (_, n) => n + 2),
      )
      expect((yield* inData(data, rejects)).map(({ line }) => line)).toEqual([1, 15_002])
      const again = yield* runCredtrail(["ingest", "--data", data, "--json", log()])
      expect(summary(again.output)).toMatchObject({ captures: 0, duplicates: 0 })
    }))

  test("double nothing when two read the same file at once, and tell the one that comes second", ({
    data,
    log,
  }) =>
    Effect.gen(function* () {
      writeFileSync(log(), `${cowrieLog(0, 10_000)}gibberish\n`)
      const parameters = ["ingest", "--data", data, log()]
      const both = yield* Effect.all([runCredtrail(parameters), runCredtrail(parameters)], {
        concurrency: "unbounded",
      })
      const codes = both.map(({ code }) => code).sort()
      expect([
        [0, 0],
        [0, 4],
      ]).toContainEqual(codes)
      for (const { code, errors } of both) {
        if (code === 4)
          expect(errors).toContain("another process is ingesting into capture-cowrie.trap")
      }
      const captures = yield* inData(data, captured)
      expect(captures.map(({ source }) => source.line)).toEqual(
        Array.from({ length: 10_000 }, (_, n) => n + 1),
      )
      expect(yield* inData(data, rejects)).toHaveLength(1)
      const again = yield* runCredtrail([...parameters, "--json"])
      expect(again.code).toBe(0)
      expect(summary(again.output)).toMatchObject({ captures: 0, rejected: 0, unchangedFiles: 1 })
    }))

  test("end at once when they are told to while they wait for standard input", ({ data }) =>
    Effect.gen(function* () {
      const running = yield* startCredtrail(["ingest", "--data", data, "-"])
      running.stdin.write(cowrieLog(0, 3))
      yield* until(() => existsSync(join(data, "ingest.sqlite")))
      running.signal("SIGTERM")
      expect((yield* running.ended).code).toBe(130)
    }))
})

describe("standard input beside files", () => {
  test("goes after them into the same stream", ({ data, log }) =>
    Effect.gen(function* () {
      writeFileSync(log(), cowrieLog(0, 3000))
      const { code, output, errors } = yield* runCredtrail(
        ["ingest", "--data", data, "--json", "--decky", "edge", log(), "-"],
        { input: gzipSync(cowrieLog(2000, 4000)) },
      )
      expect([code, errors]).toEqual([0, ""])
      expect(summary(output)).toMatchObject({ files: 2, captures: 4000, duplicates: 1000 })
    }))

  test("may be empty", ({ data }) =>
    Effect.gen(function* () {
      const { code, output, errors } = yield* runCredtrail(["ingest", "--data", data, "-"])
      expect([code, errors]).toEqual([0, ""])
      expect(output).toMatch(/^files +0\nlines +0\n/)
    }))
})
