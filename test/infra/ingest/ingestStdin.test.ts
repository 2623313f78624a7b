import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { startProgress } from "../../../src/infra/ingest/IngestProgress.ts"
import { ingestSettings } from "../../../src/infra/ingest/ingestSettings.ts"
import { ingestStdin } from "../../../src/infra/ingest/ingestStdin.ts"
import { cowrieLog, heraldingLog, passwords } from "./honeypotLogs.ts"
import { captured, ingest, rejects, type Said, secrets, inWorkplace as test } from "./workplace.ts"

async function* inPieces(text: string | Buffer, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text)
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const pipe = Effect.fnUntraced(function* (text: string | Buffer, said: Said = {}, size = 60_000) {
  const settings = yield* ingestSettings({
    format: said.format,
    decky: said.decky,
    timezone: said.timezone ?? "UTC",
  })
  const progress = startProgress()
  yield* ingestStdin(inPieces(text, size), settings, progress, () => {})
  return progress
})

describe("ingesting standard input", () => {
  test("reads it as a file, recognised by its beginning", () =>
    Effect.gen(function* () {
      const progress = yield* pipe(
        `${cowrieLog(0, 1500)}gibberish\n${cowrieLog(1500, 1501).trimEnd()}`,
      )
      expect(yield* secrets).toEqual(passwords(0, 1501))
      expect(yield* rejects).toEqual([
        { file: "-", line: 1501, reason: "not-json", text: "gibberish" },
      ])
      expect((yield* captured).at(-1)).toMatchObject({
        stream: "capture-cowrie.stdin",
        source: { file: "-", line: 1502 },
      })
      expect(progress).toMatchObject({ files: 1, lines: 1502, captures: 1501, rejected: 1 })
    }))

  test("reads what is compressed, in whatever pieces it comes", () =>
    Effect.gen(function* () {
      yield* pipe(gzipSync(cowrieLog(0, 1200)))
      yield* pipe(
        Buffer.concat([gzipSync(cowrieLog(1200, 1210)), gzipSync(cowrieLog(1210, 1220))]),
        {},
        1,
      )
      expect(yield* secrets).toEqual(passwords(0, 1220))
    }))

  test("reads little, and nothing", () =>
    Effect.gen(function* () {
      expect(yield* pipe("")).toMatchObject({ files: 0, lines: 0 })
      expect(yield* pipe(gzipSync(""))).toMatchObject({ files: 0, lines: 0 })
      expect(yield* pipe("x", { format: "cowrie" })).toMatchObject({ files: 1, rejected: 1 })
      yield* pipe(cowrieLog(0, 1), {}, 1)
      expect(yield* secrets).toEqual(passwords(0, 1))
    }))

  test("fails for what is no log, with nothing written", () =>
    Effect.gen(function* () {
      for (const text of ["hello\n", "hello\n".repeat(50_000), gzipSync("hello\n")]) {
        const error = yield* Effect.flip(pipe(text))
        expect(error).toMatchObject({ _tag: "NotALog" })
        expect(error.message).toMatch(/^standard input: unrecognised log format.* --format/)
      }
      expect(yield* captured).toEqual([])
      expect(yield* rejects).toEqual([])
    }))

  test("keeps what stands before the place where compressed data was cut, and says so", () =>
    Effect.gen(function* () {
      const whole = gzipSync(cowrieLog(0, 3000))
      yield* pipe(whole.subarray(0, whole.length / 2))
      const found = yield* secrets
      expect(found.length).toBeGreaterThan(1000)
      expect(found).toEqual(passwords(0, found.length))
      expect((yield* rejects).map(({ line, reason }) => [line, reason])).toEqual([
        [found.length + 1, "broken-compression"],
      ])
    }))

  test("keeps most of what stands before damage", () =>
    Effect.gen(function* () {
      const text = cowrieLog(0, 1000)
      const damaged = gzipSync(text, { level: 0 })
      const firstBlock = damaged.readUInt16LE(11)
      damaged[15 + firstBlock] = 0x07
      yield* pipe(damaged)
      const found = yield* secrets
      expect(found).toEqual(passwords(0, found.length))
      const sound = text.slice(0, firstBlock - 1024).split("\n").length - 1
      expect(found.length).toBeGreaterThanOrEqual(sound)
      expect((yield* rejects).map(({ reason }) => reason)).toEqual(["broken-compression"])
    }))

  test("adds nothing when the same comes again, and the rest when there is more of it", () =>
    Effect.gen(function* () {
      const text = `${cowrieLog(0, 20)}gibberish\nhalf a line`
      for (let round = 0; round < 2; round++) {
        yield* pipe(text)
        expect(yield* secrets).toEqual(passwords(0, 20))
        expect((yield* rejects).map(({ line }) => line)).toEqual([21, 22])
      }
      yield* pipe(`${cowrieLog(0, 20)}gibberish\n${cowrieLog(20, 2000)}`)
      expect(yield* secrets).toEqual(passwords(0, 2000))
      expect((yield* rejects).map(({ line }) => line)).toEqual([21])
    }))

  test("calls the host what the operator says, else what the log says, else stdin", () =>
    Effect.gen(function* () {
      yield* pipe(heraldingLog(0, 1), { decky: "{dir}-{file}" })
      yield* pipe(cowrieLog(0, 1))
      yield* pipe(heraldingLog(0, 1))
      expect((yield* captured).map(({ decky }) => decky)).toEqual([
        "stdin-stdin",
        "trap-01",
        "stdin",
      ])
    }))

  test("knows what was read from a file of the same host", (directory) =>
    Effect.gen(function* () {
      const file = join(directory, "a.json")
      writeFileSync(file, cowrieLog(0, 10))
      yield* ingest([file], { decky: "edge" })
      expect(yield* pipe(cowrieLog(0, 12), { decky: "edge" })).toMatchObject({
        captures: 2,
        duplicates: 10,
      })
      expect(yield* secrets).toEqual(passwords(0, 12))
    }))
})
