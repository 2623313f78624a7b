import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import {
  finishFile,
  startFile,
  takePiece,
  writeAll,
} from "../../../src/infra/ingest/FileReading.ts"
import { findSources, sourceOf } from "../../../src/infra/ingest/findSources.ts"
import { startProgress } from "../../../src/infra/ingest/IngestProgress.ts"
import { IngestStore } from "../../../src/infra/ingest/IngestStore.ts"
import { ingestFile, ingestSource } from "../../../src/infra/ingest/ingestSource.ts"
import { keptOfLongRecord, longestRecord } from "../../../src/infra/ingest/RecordSplitter.ts"
import { startSource } from "../../../src/infra/ingest/SourceIngest.ts"
import { sourcePaths } from "../../../src/infra/ingest/sourcePaths.ts"
import { SecretVault } from "../../../src/infra/secrets/SecretVault.ts"
import { cowrie } from "../../../src/infra/sources/cowrie/cowrie.ts"
import {
  cowrieLine,
  cowrieLog,
  heraldingHeader,
  heraldingLog,
  heraldingRow,
  numbers,
  passwords,
  sshHoneypotLine,
} from "./honeypotLogs.ts"
import { captured, ingest, rejects, secrets, inWorkplace as test } from "./workplace.ts"

const place = (directory: string, name = "cowrie.json"): string => {
  mkdirSync(join(directory, "trap"), { recursive: true })
  return join(directory, "trap", name)
}

describe("ingesting a file", () => {
  test("turns each line into captures that say where they were read", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, cowrieLog(0, 3))
      const { progress } = yield* ingest([file])
      const attempts = yield* captured
      expect(attempts).toMatchObject(
        numbers(0, 3).map((n) => ({ stream: "capture-cowrie.trap", principal: `user-${n}` })),
      )
      // Without an offset: the length of a line would give away that of the password.
      expect(attempts.map(({ source }) => source)).toEqual(
        numbers(0, 3).map((n) => ({ file, line: n + 1 })),
      )
      expect(progress).toMatchObject({
        files: 1,
        lines: 3,
        captures: 3,
        duplicates: 0,
        rejected: 0,
      })
      expect(progress.bytesRead).toBe(readFileSync(file).length)
    }))

  test("keeps each line that is not understood, with its place and why, and goes on", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const lines = [
        cowrieLine(0),
        "gibberish",
        "[1]",
        cowrieLine(1, { timestamp: "yesterday" }),
        "nul \0 byte",
        cowrieLine(2),
        "",
        "last",
      ]
      writeFileSync(file, `${lines.join("\n")}\n`)
      const { progress } = yield* ingest([file])
      expect(yield* secrets).toEqual(["invented-0", "invented-2"])
      expect(yield* rejects).toEqual([
        { file, line: 2, reason: "not-json", text: "gibberish" },
        { file, line: 3, reason: "not-an-object", text: "[1]" },
        { file, line: 4, reason: "bad-timestamp", text: lines[3] },
        { file, line: 5, reason: "not-json", text: "nul \0 byte" },
        { file, line: 8, reason: "not-json", text: "last" },
      ])
      expect(Object.fromEntries(progress.rejectedByReason)).toEqual({
        "not-json": 3,
        "not-an-object": 1,
        "bad-timestamp": 1,
      })
    }))

  test("understands Windows line ends, a byte order mark, and a last line without an end", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const text = `\ufeff${cowrieLine(0)}\r\n${cowrieLine(1)}\r\n\r\n${cowrieLine(2)}`
      writeFileSync(file, text)
      yield* ingest([file])
      expect(yield* secrets).toEqual(passwords(0, 3))
      expect((yield* captured).map(({ source }) => source.line)).toEqual([1, 2, 4])
      const { filesLike } = yield* IngestStore
      const { digestOfStretch } = yield* SecretVault
      const head = Buffer.from(text).subarray(0, 1024)
      expect(yield* filesLike("cowrie.trap", head, digestOfStretch)).toMatchObject([
        { lines: 3, consumed: Buffer.byteLength(text) - Buffer.byteLength(cowrieLine(2)) },
      ])
      expect(yield* rejects).toEqual([])
    }))

  test("passes over a line that is too long, keeping its beginning", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const long = cowrieLine(1, { more: "x".repeat(2 * longestRecord) })
      writeFileSync(file, `${cowrieLine(0)}\n${long}\n${cowrieLine(2)}\n`)
      yield* ingest([file])
      expect(yield* secrets).toEqual(["invented-0", "invented-2"])
      expect(yield* rejects).toEqual([
        { file, line: 2, reason: "too-long", text: long.slice(0, keptOfLongRecord) },
      ])
      expect((yield* captured).at(-1)?.source.line).toBe(3)
    }))

  test("rejects every line of a file that is read in a format it is not, and loses none", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const lines = numbers(0, 2500).map((n) => sshHoneypotLine(n))
      writeFileSync(file, `${lines.join("\n")}\n`)
      const { progress } = yield* ingest([file], { format: "cowrie" })
      expect(yield* captured).toEqual([])
      expect(yield* rejects).toEqual(
        lines.map((text, n) => ({ file, line: n + 1, reason: "not-json", text })),
      )
      expect(progress.rejected).toBe(2500)
    }))

  test("reads a record of several lines where a piece of the file ends in it", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "log_auth.csv")
      const header = heraldingHeader + heraldingRow(0)
      const fill = 256 * 1024 - header.length
      const padding = heraldingRow(1, "p".repeat(fill - heraldingRow(1, "").length - 60))
      const begun = header + padding
      expect(256 * 1024 - begun.length).toBe(60)
      writeFileSync(
        file,
        `${begun}${heraldingRow(2, `one\n"two"\n${"3".repeat(200)}`)}${heraldingRow(3)}`,
      )
      yield* ingest([file])
      const found = yield* captured
      expect(found.map(({ principal }) => principal)).toEqual([
        "user-0",
        "user-1",
        "user-2",
        "user-3",
      ])
      expect((yield* secrets)[2]).toBe(`one\n"two"\n${"3".repeat(200)}`)
      expect(found.map(({ source }) => source.line)).toEqual([2, 3, 6, 7])
      expect(yield* rejects).toEqual([])
    }))

  test("gives times without a zone the one that the operator says", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "ssh.log")
      writeFileSync(file, `${sshHoneypotLine(0)}\n`)
      yield* ingest([file], { timezone: "Europe/Oslo", decky: "a" })
      yield* ingest([file], { decky: "b" })
      expect((yield* captured).map(({ observedAt }) => observedAt)).toEqual([
        "2026-02-28T23:00:00.000000Z",
        "2026-03-01T00:00:00.000000Z",
      ])
    }))

  test("calls hosts what the operator says, by the directory and the file", (directory) =>
    Effect.gen(function* () {
      for (const name of ["web 1", "web_1"]) {
        mkdirSync(join(directory, "in", name), { recursive: true })
        writeFileSync(join(directory, "in", name, "ssh.2026.log"), heraldingLog(0, 1))
      }
      yield* ingest([join(directory, "in")], { decky: "{dir}/{file}" })
      expect((yield* captured).map(({ decky }) => decky)).toEqual(["web 1/ssh", "web_1/ssh"])
    }))
})

describe("ingesting again", () => {
  test("adds nothing for the same file, plain or compressed, and says it is unchanged", (directory) =>
    Effect.gen(function* () {
      const plain = place(directory)
      const zipped = place(directory, "older.json.gz")
      writeFileSync(plain, `${cowrieLog(10, 20)}gibberish\n`)
      writeFileSync(zipped, gzipSync(`${cowrieLog(0, 10)}nonsense\n`))
      yield* ingest([plain, zipped])
      const before = [yield* captured, yield* rejects]
      const { progress } = yield* ingest([plain, zipped])
      expect([yield* captured, yield* rejects]).toEqual(before)
      expect(before[1]).toHaveLength(2)
      expect(progress).toMatchObject({ files: 2, unchangedFiles: 2, lines: 0, duplicates: 0 })
      expect(progress.bytesRead).toBe(readFileSync(plain).length + readFileSync(zipped).length)
    }))

  test("goes on where it was when a file has grown, and keeps its rejects", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 1500)}gibberish\n`)
      yield* ingest([file])
      appendFileSync(file, `more gibberish\n${cowrieLog(1500, 1700)}`)
      const { progress } = yield* ingest([file])
      expect(progress).toMatchObject({ lines: 201, captures: 200, duplicates: 0, rejected: 1 })
      expect(yield* secrets).toEqual(passwords(0, 1700))
      expect((yield* rejects).map(({ line }) => line)).toEqual([1501, 1502])
      expect((yield* captured).at(-1)?.source).toMatchObject({ line: 1702 })
    }))

  test("goes on where it was in a file that was shorter than what it is recognised by", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const text = `x\n${cowrieLog(0, 8)}`
      for (const length of [2, 2, 300, 300, 900, 1100, text.length]) {
        writeFileSync(file, text.slice(0, length))
        yield* ingest([file], { format: "cowrie" })
      }
      expect(yield* secrets).toEqual(passwords(0, 8))
      expect((yield* rejects).map(({ line, text: said }) => [line, said])).toEqual([[1, "x"]])
    }))

  test("forgets that half a line was rejected when the whole line is there", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const [begin, end] = [cowrieLine(2).slice(0, 50), cowrieLine(2).slice(50)]
      writeFileSync(file, `${cowrieLog(0, 1)}gibberish\n${begin}`)
      yield* ingest([file])
      expect((yield* rejects).map(({ line, text }) => [line, text])).toEqual([
        [2, "gibberish"],
        [3, begin],
      ])
      yield* ingest([file])
      expect(yield* rejects).toHaveLength(2)
      appendFileSync(file, `${end}\n`)
      yield* ingest([file])
      expect((yield* rejects).map(({ line }) => line)).toEqual([2])
      expect(yield* secrets).toEqual(["invented-0", "invented-2"])
    }))

  test("does not double the reject of a file that has no line end at all", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, "gibberish")
      for (let round = 0; round < 3; round++) yield* ingest([file], { format: "cowrie" })
      expect(yield* rejects).toEqual([{ file, line: 1, reason: "not-json", text: "gibberish" }])
      writeFileSync(file, `gibberish\n${cowrieLine(1)}`)
      for (let round = 0; round < 3; round++) yield* ingest([file])
      expect(yield* rejects).toHaveLength(1)
      expect(yield* secrets).toEqual(["invented-1"])
    }))

  test("forgets that half of the first line was rejected when the whole line is there", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, cowrieLine(0).slice(0, 80))
      yield* ingest([file], { format: "cowrie" })
      expect((yield* rejects).map(({ line }) => line)).toEqual([1])
      writeFileSync(file, cowrieLog(0, 1))
      yield* ingest([file])
      expect(yield* rejects).toEqual([])
      expect(yield* secrets).toEqual(passwords(0, 1))
    }))

  test("forgets that a record was cut when the rest of it is there", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "log_auth.csv")
      const record = heraldingRow(1, "one\ntwo\nthree")
      const whole = heraldingLog(0, 1) + record
      writeFileSync(file, whole.slice(0, whole.indexOf("two\n") + 4))
      yield* ingest([file])
      expect((yield* rejects).map(({ line, reason }) => [line, reason])).toEqual([
        [3, "cut-line"],
        [4, "not-a-record"],
      ])
      writeFileSync(file, whole)
      yield* ingest([file])
      expect(yield* rejects).toEqual([])
      expect((yield* secrets).map(({ length }) => length)).toEqual([10, 13])
    }))

  test("adds nothing when log rotation has renamed and compressed the files", (directory) =>
    Effect.gen(function* () {
      const texts = [cowrieLog(0, 50), `${cowrieLog(50, 100)}gibberish\n`, cowrieLog(100, 103)]
      const [oldest = "", older = "", newest = ""] = texts
      writeFileSync(place(directory, "cowrie.json.2"), oldest)
      writeFileSync(place(directory, "cowrie.json.1"), older)
      writeFileSync(place(directory, "cowrie.json"), newest)
      yield* ingest([join(directory, "trap")])
      const before = yield* captured
      rmSync(place(directory, "cowrie.json.2"))
      writeFileSync(place(directory, "cowrie.json.3.gz"), gzipSync(oldest))
      renameSync(place(directory, "cowrie.json.1"), place(directory, "cowrie.json.2"))
      renameSync(place(directory, "cowrie.json"), place(directory, "cowrie.json.1"))
      writeFileSync(place(directory), cowrieLog(103, 110))
      const { progress } = yield* ingest([join(directory, "trap")])
      expect(progress).toMatchObject({ files: 4, unchangedFiles: 3, captures: 7, duplicates: 0 })
      expect(yield* secrets).toEqual(passwords(0, 110))
      expect((yield* captured).slice(0, 103)).toEqual(before)
      // Where the operator finds the line now, not where it was.
      expect(yield* rejects).toEqual([
        {
          file: place(directory, "cowrie.json.2"),
          line: 51,
          reason: "not-json",
          text: "gibberish",
        },
      ])
    }))

  test("goes on in a file that was renamed and compressed when it had grown", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 20)}gibberish\n`)
      yield* ingest([file])
      rmSync(file)
      writeFileSync(
        place(directory, "old.gz"),
        gzipSync(`${cowrieLog(0, 20)}gibberish\n${cowrieLog(20, 25)}`),
      )
      const { progress } = yield* ingest([join(directory, "trap")])
      expect(progress).toMatchObject({ lines: 5, captures: 5, duplicates: 0, rejected: 0 })
      expect((yield* rejects).map(({ file: at }) => at)).toEqual([place(directory, "old.gz")])
    }))

  test("reads a file again that was emptied and rewritten, and keeps what the old one had", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 100)}gibberish\n`)
      yield* ingest([file])
      copyFileSync(file, `${file}.1`)
      truncateSync(file)
      writeFileSync(file, `${cowrieLog(100, 300)}nonsense\n`)
      yield* ingest([join(directory, "trap")])
      expect(yield* secrets).toEqual(passwords(0, 300))
      expect((yield* rejects).map(({ file: at, line }) => [at, line])).toEqual([
        [`${file}.1`, 101],
        [file, 201],
      ])
    }))

  test("doubles no capture of a snapshot that is the first half of another, and keeps the rejects of both", (directory) =>
    Effect.gen(function* () {
      const [first, second] = [place(directory, "a.json"), place(directory, "b.json")]
      writeFileSync(first, `${cowrieLog(0, 40)}gibberish\n`)
      writeFileSync(second, `${cowrieLog(0, 40)}gibberish\n${cowrieLog(40, 80)}`)
      for (const order of [
        [first, second],
        [second, first],
        [join(directory, "trap")],
        [first],
        [second],
      ]) {
        yield* ingest(order)
        expect(yield* secrets).toEqual(passwords(0, 80))
        expect((yield* rejects).map(({ file, line }) => [file, line])).toEqual([
          [first, 41],
          [second, 41],
        ])
      }
    }))

  test("keeps the rejects of files apart that begin alike, one run after the other", (directory) =>
    Effect.gen(function* () {
      const [first, second] = [place(directory, "a.json"), place(directory, "b.json")]
      writeFileSync(first, "gibberish\n")
      writeFileSync(second, `gibberish\n${cowrieLog(0, 2)}`)
      yield* ingest([first], { format: "cowrie" })
      yield* ingest([second])
      expect((yield* rejects).map(({ file }) => file)).toEqual([first, second])
    }))

  test("knows the captures of the same log under another source, and of the overlap of two copies", (directory) =>
    Effect.gen(function* () {
      const [first, second] = [place(directory, "a.json"), join(directory, "else.json")]
      writeFileSync(first, cowrieLog(0, 60))
      writeFileSync(second, cowrieLog(30, 90))
      yield* ingest([first])
      const { progress } = yield* ingest([second])
      expect(progress).toMatchObject({ captures: 30, duplicates: 30 })
      expect(new Set(yield* secrets)).toEqual(new Set(passwords(0, 90)))
      expect(yield* secrets).toHaveLength(90)
    }))

  test("finds sessions in a file that went on from one that has nothing new", (directory) =>
    Effect.gen(function* () {
      const connect = JSON.stringify({
        eventid: "cowrie.session.connect",
        session: "0000000000ff",
        protocol: "telnet",
        timestamp: "2026-02-28T23:59:59.000000Z",
        src_ip: "192.0.2.9",
      })
      writeFileSync(place(directory, "cowrie.json.1"), `${connect}\n`)
      yield* ingest([join(directory, "trap")])
      writeFileSync(
        place(directory),
        `${cowrieLine(1, { session: "0000000000ff", protocol: undefined })}\n`,
      )
      yield* ingest([join(directory, "trap")])
      expect((yield* captured).map(({ service }) => service)).toEqual(["telnet"])
    }))

  test("knows what was captured also where the record of what was read is lost", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 30)}gibberish\n`)
      yield* ingest([file])
      const { progress } = yield* ingest([file]).pipe(
        Effect.provide(
          IngestStore.layer({ file: join(directory, "new.sqlite"), mode: "read-write" }),
        ),
      )
      expect(progress).toMatchObject({ captures: 0, duplicates: 30, rejected: 1 })
      expect(yield* secrets).toEqual(passwords(0, 30))
    }))

  test("reads a file again that is found to be another one when it is read", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 30)}gibberish\n`)
      yield* ingest([file])
      const store = yield* IngestStore
      const [before] = yield* store.filesLike(
        "cowrie.trap",
        Buffer.from(cowrieLog(0, 30)).subarray(0, 1024),
        (yield* SecretVault).digestOfStretch,
      )
      const source = { ...sourceOf(cowrie, file, { decky: undefined }), files: [] }
      const progress = startProgress()
      const begun = yield* startSource(
        source,
        () => 0,
        progress,
        () => {},
      )
      writeFileSync(file, `${cowrieLog(30, 90)}gibberish\n`)
      const { size } = statSync(file)
      yield* ingestFile(begun, { path: file, key: "0:0", compression: undefined, size }, before)
      yield* writeAll(begun)
      expect(yield* secrets).toEqual(passwords(0, 90))
      expect((yield* rejects).map(({ line }) => line)).toEqual([31, 61])
    }))
})

describe("ingesting a gzip file", () => {
  test("reads all members of one", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "a.gz")
      writeFileSync(
        file,
        Buffer.concat([cowrieLog(0, 10), cowrieLog(10, 20)].map((text) => gzipSync(text))),
      )
      yield* ingest([file])
      expect(yield* secrets).toEqual(passwords(0, 20))
      expect(yield* rejects).toEqual([])
    }))

  test("keeps what stands before the place where it was cut, and one reject, until it is whole", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "a.gz")
      const whole = gzipSync(cowrieLog(0, 3000))
      writeFileSync(file, whole.subarray(0, whole.length / 2))
      const { progress } = yield* ingest([file])
      const found = yield* secrets
      expect(found.length).toBeGreaterThan(1000)
      expect(found).toEqual(passwords(0, found.length))
      const [reject, ...others] = yield* rejects
      expect(reject).toMatchObject({ file, line: found.length + 1, reason: "broken-compression" })
      expect(cowrieLine(found.length).startsWith(reject?.text ?? "none")).toBe(true)
      expect(others).toEqual([])
      expect(progress.rejected).toBe(1)

      yield* ingest([file])
      expect(yield* secrets).toEqual(found)
      expect(yield* rejects).toEqual([reject])

      writeFileSync(file, whole)
      const again = yield* ingest([file])
      expect(again.progress).toMatchObject({ captures: 3000 - found.length, duplicates: 0 })
      expect(yield* secrets).toEqual(passwords(0, 3000))
      expect(yield* rejects).toEqual([])
    }))

  test("keeps what stands before damage, to the last whole line", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "a.gz")
      const text = cowrieLog(0, 1000)
      const damaged = gzipSync(text, { level: 0 })
      const firstBlock = damaged.readUInt16LE(11)
      damaged[15 + firstBlock] = 0x07
      writeFileSync(file, damaged)
      for (let round = 0; round < 2; round++) {
        yield* ingest([file])
        const whole = text.slice(0, firstBlock).split("\n").length - 1
        expect(yield* secrets).toEqual(passwords(0, whole))
        expect(yield* rejects).toEqual([
          {
            file,
            line: whole + 1,
            reason: "broken-compression",
            text: text.slice(0, firstBlock).split("\n").at(-1),
          },
        ])
      }
    }))

  test("says that it is broken also where it was cut at a line end, until it is whole", (directory) =>
    Effect.gen(function* () {
      const file = place(directory, "a.gz")
      const whole = gzipSync(cowrieLog(0, 50))
      writeFileSync(file, whole.subarray(0, -8))
      for (let round = 0; round < 2; round++) {
        yield* ingest([file])
        expect(yield* secrets).toEqual(passwords(0, 50))
        expect(yield* rejects).toEqual([{ file, line: 51, reason: "broken-compression", text: "" }])
      }
      writeFileSync(file, whole)
      yield* ingest([file])
      expect(yield* rejects).toEqual([])
    }))
})

describe("ingesting several files", () => {
  test("keeps the lines of each to itself", (directory) =>
    Effect.gen(function* () {
      for (const n of numbers(0, 3)) {
        const text = `${cowrieLog(n * 10, n * 10 + 10)}gibberish ${n}`
        writeFileSync(place(directory, `${n}.json`), text)
      }
      const { progress } = yield* ingest([join(directory, "trap")])
      expect(progress).toMatchObject({ files: 3, captures: 30, rejected: 3 })
      expect(yield* rejects).toEqual(
        numbers(0, 3).map((n) => ({
          file: place(directory, `${n}.json`),
          line: 11,
          reason: "not-json",
          text: `gibberish ${n}`,
        })),
      )
    }))

  test("reads the others when one has gone since it was found, and tells of it", (directory) =>
    Effect.gen(function* () {
      for (const n of numbers(0, 3)) {
        writeFileSync(place(directory, `${n}.json`), cowrieLog(n * 10, n * 10 + 10))
      }
      const { files } = yield* sourcePaths([directory], "nowhere")
      const found = yield* findSources(files, { format: undefined, decky: undefined })
      rmSync(place(directory, "1.json"))
      const unreadable: Array<string> = []
      for (const source of found.sources) {
        const begun = yield* startSource(
          source,
          () => 0,
          startProgress(),
          () => {},
        )
        yield* ingestSource(begun, ({ path }) => unreadable.push(path))
      }
      expect(unreadable).toEqual([place(directory, "1.json")])
      expect(yield* secrets).toEqual([...passwords(0, 10), ...passwords(20, 30)])
    }))

  test("tells a reader that another one was faster, also where it has nothing to add", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const text = `${cowrieLog(0, 10)}gibberish\n`
      writeFileSync(file, text)
      const source = { ...sourceOf(cowrie, file, { decky: undefined }), files: [] }
      const slow = yield* startSource(
        source,
        () => 0,
        startProgress(),
        () => {},
      )
      const reading = yield* startFile(slow, { path: file, key: "the file" }, undefined)
      yield* ingest([file])
      yield* takePiece(slow, reading, Buffer.from(text))
      yield* finishFile(slow, reading)
      const error = yield* Effect.flip(writeAll(slow))
      expect(error).toMatchObject({ _tag: "SourceBusy", stream: "capture-cowrie.trap" })
      expect(yield* secrets).toEqual(passwords(0, 10))
      expect(yield* rejects).toHaveLength(1)
    }))

  test("has one reader of a source at a time: the later one is told, and nothing is doubled", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 5000)}gibberish\n`)
      const runs = yield* Effect.all(
        [ingest([file]), ingest([file]), ingest([file])].map((run) => Effect.result(run)),
        { concurrency: "unbounded" },
      )
      const failures = runs.flatMap((run) => (run._tag === "Failure" ? [run.failure] : []))
      expect(failures.length).toBeLessThan(3)
      for (const failure of failures) expect(failure).toMatchObject({ _tag: "SourceBusy" })
      expect(yield* secrets).toEqual(passwords(0, 5000))
      expect(yield* rejects).toHaveLength(1)
    }))
})
