import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { describe, expect } from "vitest"
import { beginning } from "../../../src/domain/event/position.ts"
import { EventLog } from "../../../src/infra/eventlog/EventLog.ts"
import { bytesAt } from "../../../src/infra/ingest/content.ts"
import { compressionOf } from "../../../src/infra/ingest/decompress.ts"
import { sourceOf } from "../../../src/infra/ingest/findSources.ts"
import { followSource } from "../../../src/infra/ingest/followSource.ts"
import { startProgress } from "../../../src/infra/ingest/IngestProgress.ts"
import { IngestStore } from "../../../src/infra/ingest/IngestStore.ts"
import { openSessionMemory } from "../../../src/infra/ingest/OpenSessions.ts"
import { SourceFeed } from "../../../src/infra/ingest/SourceFeed.ts"
import { startSource } from "../../../src/infra/ingest/SourceIngest.ts"
import type { SourceFile } from "../../../src/infra/ingest/source.ts"
import { sourcePathAt, sourcePaths } from "../../../src/infra/ingest/sourcePaths.ts"
import { pathOf } from "../../../src/infra/ingest/Tail.ts"
import { cowrie } from "../../../src/infra/sources/cowrie/cowrie.ts"
import { heraldingAuth } from "../../../src/infra/sources/heralding/heraldingAuth.ts"
import { SessionMemory } from "../../../src/infra/sources/SessionMemory.ts"
import {
  cowrieLine,
  cowrieLog,
  heraldingHeader,
  heraldingLog,
  heraldingRow,
  numbers,
  passwords,
} from "./honeypotLogs.ts"
import { script, sessionLines } from "./sessionLog.ts"
import { captured, rejects, secrets, inWorkplace as test } from "./workplace.ts"

const place = (directory: string, name = "cowrie.json"): string => {
  mkdirSync(join(directory, "trap"), { recursive: true })
  return join(directory, "trap", name)
}

const foundAt = (path: string): Effect.Effect<SourceFile> =>
  Effect.gen(function* () {
    const { files } = yield* Effect.orDie(sourcePaths([path], "nowhere"))
    const compression = compressionOf(yield* Effect.promise(() => bytesAt(path, 0, 6)))
    return { path, compression, key: files[0]?.key ?? "", size: files[0]?.size ?? 0 }
  })

/** Tells a source what becomes of files that it was given, as often as it likes to hear it. */
const watchFiles = (feed: SourceFeed) => {
  const files = new Map<string, SourceFile & { readonly stamp: string }>()
  const look = Effect.gen(function* () {
    for (const { stamp, ...file } of files.values()) {
      const path = yield* pathOf(file.path, file.key)
      const now = path === undefined ? "missing" : yield* Effect.orDie(sourcePathAt(path, false))
      if (path === undefined || typeof now === "string") {
        files.delete(file.key)
        feed.leave(file.key)
      } else if (now.stamp !== stamp || path !== file.path) {
        const changed = { ...file, path, size: now.size }
        files.set(file.key, { ...changed, stamp: now.stamp })
        feed.change(changed)
      } else feed.wake()
    }
  })
  return {
    look,
    arrive: (file: SourceFile) => {
      files.set(file.key, { ...file, stamp: "" })
      feed.change(file)
    },
  }
}

/** Follows a source from now on; `arrive` hands a file to it. */
const follow = Effect.fnUntraced(function* (
  adapter = cowrie,
  given: ReadonlyArray<SourceFile> = [],
) {
  const scope = yield* Scope.make()
  const progress = startProgress()
  const feed = new SourceFeed()
  const { look, arrive } = watchFiles(feed)
  for (const file of given) arrive(file)
  let idles = 0
  const source = { ...sourceOf(adapter, "/logs/trap/any", { decky: undefined }), files: [] }
  const begun = yield* startSource(
    source,
    () => 0,
    progress,
    () => {},
  )
  const fiber = yield* followSource(begun, feed, () => {
    idles++
  }).pipe(Effect.forkIn(scope))
  yield* look.pipe(Effect.delay("5 millis"), Effect.forever, Effect.forkIn(scope))
  const until = <A, E, R>(
    look: Effect.Effect<A, E, R>,
    isThere: (found: A) => boolean,
  ): Effect.Effect<A, unknown, R> =>
    Effect.raceFirst(
      look.pipe(Effect.delay("5 millis"), Effect.repeat({ until: isThere })),
      Effect.andThen(Fiber.join(fiber), Effect.never),
    )
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return {
    progress,
    followed: begun.claims,
    until,
    arrive,
    arriveAt: (path: string) => Effect.map(foundAt(path), arrive),
    /** Waits until all that is on disk now has been read. */
    idle: Effect.suspend(() => {
      const before = idles
      return until(
        Effect.sync(() => idles),
        (now) => now > before + 1,
      )
    }),
    stop: Fiber.interrupt(fiber),
  }
})

const fingerprints = Effect.gen(function* () {
  const log = yield* EventLog
  return yield* log.gap(beginning, ["attacker.fingerprinted"])
})

const count = Effect.map(secrets, (all) => all.length)

const openFiles = (directory: string): ReadonlyArray<string> =>
  readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = readlinkSync(join("/proc/self/fd", fd))
      return path.includes(join(directory, "trap")) ? [path] : []
    } catch {
      return [] // closed meanwhile
    }
  })

describe("following a source", () => {
  test("reads what is there and what it grows by, each line once, however it is written", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, cowrieLog(0, 2500))
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 2500)
      const [begin, end] = [cowrieLine(2500).slice(0, 60), cowrieLine(2500).slice(60)]
      appendFileSync(file, begin)
      yield* following.idle
      appendFileSync(file, end)
      yield* following.idle
      expect(yield* count).toBe(2500)
      appendFileSync(file, `\r\n${cowrieLog(2501, 2510)}gibberish\n${cowrieLine(2510)}`)
      yield* following.until(count, (n) => n >= 2510)
      appendFileSync(file, "\n")
      yield* following.until(count, (n) => n >= 2511)
      expect(yield* secrets).toEqual(passwords(0, 2511))
      expect(yield* rejects).toEqual([{ file, line: 2511, reason: "not-json", text: "gibberish" }])
      expect((yield* captured).at(-1)?.source).toMatchObject({ file, line: 2512 })
    }))

  test("reads the rest of a file that was renamed, and the new one in its place", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, cowrieLog(0, 10))
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 10)
      renameSync(file, `${file}.1`)
      appendFileSync(`${file}.1`, cowrieLog(10, 12))
      writeFileSync(file, cowrieLog(12, 20))
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 20)
      // The honeypot may go on writing to the old file for a while.
      appendFileSync(`${file}.1`, `${cowrieLog(20, 21)}gibberish\n`)
      appendFileSync(file, `nonsense\n${cowrieLog(21, 22)}`)
      yield* following.until(count, (n) => n === 22)
      expect([...(yield* secrets)].sort()).toEqual([...passwords(0, 22)].sort())
      yield* following.until(rejects, (all) => all.some(({ file: at }) => at === `${file}.1`))
      expect((yield* rejects).map(({ file: at, line }) => [at, line])).toEqual([
        [`${file}.1`, 14],
        [file, 9],
      ])
    }))

  test("goes on when a file was copied and emptied, and does not read the copy again", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 100)}gibberish\n`)
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 100)
      copyFileSync(file, `${file}.1`)
      // Found before the file is emptied, as a look in the middle of the rotation would.
      yield* following.arriveAt(`${file}.1`)
      yield* following.idle
      truncateSync(file)
      yield* following.idle
      appendFileSync(file, `${cowrieLog(100, 110)}nonsense\n`)
      yield* following.until(count, (n) => n === 110)
      yield* following.until(
        Effect.sync(() => following.followed.size),
        (size) => size === 2,
      )
      expect(yield* secrets).toEqual(passwords(0, 110))
      expect((yield* rejects).map(({ file: at, line }) => [at, line])).toEqual([
        [`${file}.1`, 101],
        [file, 11],
      ])
      expect(following.progress.duplicates).toBe(0)
    }))

  test("notices that a file was emptied also when it is longer again by then", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, cowrieLog(0, 5))
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 5)
      writeFileSync(file, cowrieLog(5, 50))
      yield* following.until(count, (n) => n === 50)
      writeFileSync(file, cowrieLog(50, 95))
      yield* following.until(count, (n) => n === 95)
      expect(yield* secrets).toEqual(passwords(0, 95))
      expect(yield* rejects).toEqual([])
    }))

  test("leaves a file that is deleted, after its last line, and keeps nothing open", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 3)}half a line`)
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 3)
      expect(openFiles(directory)).toHaveLength(1)
      rmSync(file)
      yield* following.until(
        Effect.sync(() => following.followed.size),
        (size) => size === 0,
      )
      expect(openFiles(directory)).toEqual([])
      expect((yield* rejects).map(({ line, text }) => [line, text])).toEqual([[4, "half a line"]])
    }))

  test("takes a file that was compressed for what it was", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const text = `${cowrieLog(0, 20)}gibberish\n`
      writeFileSync(file, text)
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 20)
      writeFileSync(`${file}.1.gz`, gzipSync(text + cowrieLog(20, 21)))
      rmSync(file)
      yield* following.arriveAt(`${file}.1.gz`)
      yield* following.until(count, (n) => n === 21)
      expect(yield* secrets).toEqual(passwords(0, 21))
      expect((yield* rejects).map(({ file: at, line }) => [at, line])).toEqual([
        [`${file}.1.gz`, 21],
      ])
      expect(following.progress).toMatchObject({ duplicates: 0, rejected: 1 })
    }))

  test("keeps the records of files apart that are written in turns", (directory) =>
    Effect.gen(function* () {
      const [first, second] = [place(directory, "a.csv"), place(directory, "b.csv")]
      writeFileSync(first, heraldingLog(0, 1))
      // Without the last column, as an earlier release writes it.
      const short = (row: string) => row.replace(/,(password_hash)?\n$/, "\n")
      writeFileSync(second, short(heraldingHeader) + short(heraldingRow(1)))
      const following = yield* follow(heraldingAuth)
      yield* following.arriveAt(first)
      yield* following.arriveAt(second)
      yield* following.until(count, (n) => n === 2)
      const halves = (row: string) => [
        row.slice(0, row.indexOf("\n") + 1),
        row.slice(row.indexOf("\n") + 1),
      ]
      const [firstBegin = "", firstEnd = ""] = halves(heraldingRow(2, "one\ntwo"))
      const [secondBegin = "", secondEnd = ""] = halves(heraldingRow(3, "three\nfour"))
      for (const [file, text] of [
        [first, firstBegin],
        [second, secondBegin],
        [first, firstEnd],
        [second, short(secondEnd)],
        [first, heraldingRow(4)],
        [second, short(heraldingRow(5))],
      ] as const) {
        appendFileSync(file, text)
        yield* following.idle
      }
      yield* following.until(count, (n) => n === 6)
      expect(
        (yield* captured).map(({ principal, secret }) => [principal, secret?.lengthClass]),
      ).toEqual([
        ["user-0", "8-15"],
        ["user-1", "8-15"],
        ["user-2", "1-7"],
        ["user-3", "8-15"],
        ["user-4", "8-15"],
        ["user-5", "8-15"],
      ])
      expect(yield* rejects).toEqual([])
    }))

  test("knows a session in a file from the one before", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const session = { session: "0000000000ff" }
      const connect = { eventid: "cowrie.session.connect", protocol: "telnet", ...session }
      writeFileSync(
        file,
        `${JSON.stringify({ ...connect, timestamp: "2026-02-28T23:59:59.000000Z" })}\n`,
      )
      const following = yield* follow()
      yield* following.arriveAt(file)
      yield* following.until(
        Effect.sync(() => following.progress.lines),
        (lines) => lines === 1,
      )
      renameSync(file, `${file}.1`)
      writeFileSync(file, `${cowrieLine(1, { ...session, protocol: undefined })}\n`)
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 1)
      expect((yield* captured).map(({ service }) => service)).toEqual(["telnet"])
    }))

  test("goes on where it was when it is started again, whatever happened meanwhile", (directory) =>
    Effect.gen(function* () {
      const names = numbers(0, 4).map((n) => place(directory, `${n}.json`))
      const [first = "", second = "", third = "", fourth = ""] = names
      for (const [n, name] of names.entries()) {
        writeFileSync(name, `${cowrieLog(n * 10, n * 10 + 10)}gibberish\n`)
      }
      const before = yield* follow(cowrie, yield* Effect.forEach(names, foundAt))
      yield* before.until(count, (n) => n === 40)
      yield* before.idle
      yield* before.stop
      expect(openFiles(directory)).toEqual([])
      expect(before.followed.size).toBe(0)
      renameSync(first, `${first}.1`)
      writeFileSync(first, cowrieLog(40, 50))
      appendFileSync(second, cowrieLog(50, 60))
      writeFileSync(third, cowrieLog(60, 62))
      const now = [`${first}.1`, ...names]
      const after = yield* follow(cowrie, yield* Effect.forEach(now, foundAt))
      yield* after.until(count, (n) => n === 62)
      yield* after.idle
      expect(after.progress).toMatchObject({ duplicates: 0, captures: 22, unchangedFiles: 2 })
      appendFileSync(fourth, cowrieLog(62, 64))
      yield* after.until(count, (n) => n === 64)
      expect([...(yield* secrets)].sort()).toEqual([...passwords(0, 64)].sort())
      expect((yield* rejects).map(({ file, line }) => [file, line])).toEqual([
        [`${first}.1`, 11],
        [second, 11],
        [third, 11],
        [fourth, 11],
      ])
    }))

  test("follows a file once though it is handed over again, and passes over one that has gone", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      const gone = place(directory, "gone.json")
      for (const path of [file, gone]) writeFileSync(path, cowrieLog(0, 4))
      const following = yield* follow()
      const lost = yield* foundAt(gone)
      rmSync(gone)
      following.arrive(lost)
      for (let time = 0; time < 3; time++) yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 4)
      appendFileSync(file, cowrieLog(4, 6))
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 6)
      yield* following.idle
      expect(following.progress).toMatchObject({ files: 1, lines: 6, duplicates: 0 })
    }))

  test("writes the fingerprints of a quiet source whose sessions another one drives out", (directory) =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const quiet = place(directory)
      const busy = place(directory, "auth.csv")
      writeFileSync(quiet, sessionLines("open", 0, script).slice(0, -1).join(""))
      const following = yield* follow(cowrie, [yield* foundAt(quiet)])
      const open = store.openSessions("cowrie.trap")
      yield* following.until(open, (all) => all.length === 1)
      expect(yield* fingerprints).toBe(0)
      writeFileSync(busy, heraldingLog(0, 1000))
      yield* follow(heraldingAuth, [yield* foundAt(busy)])
      yield* following.until(open, (all) => all.length === 0)
      expect(yield* fingerprints).toBe(4)
      expect(following.progress.sessionsEvicted).toBe(1)
    }).pipe(Effect.provideService(openSessionMemory, new SessionMemory(100_000))))

  test("finds a file that was renamed between being found and being opened", (directory) =>
    Effect.gen(function* () {
      const file = place(directory)
      writeFileSync(file, `${cowrieLog(0, 4)}gibberish\n`)
      const found = yield* foundAt(file)
      renameSync(file, `${file}.1`)
      writeFileSync(file, cowrieLog(4, 5))
      const following = yield* follow(cowrie, [found])
      yield* following.until(count, (n) => n === 4)
      yield* following.arriveAt(file)
      yield* following.until(count, (n) => n === 5)
      expect(yield* secrets).toEqual(passwords(0, 5))
      expect((yield* rejects).map(({ file: at }) => at)).toEqual([`${file}.1`])
    }))

  test("reads a copy as a file of its own when the original stays", (directory) =>
    Effect.gen(function* () {
      const [file, copy] = [place(directory), place(directory, "copy.json")]
      writeFileSync(file, `${cowrieLog(0, 20)}gibberish\n`)
      const following = yield* follow(cowrie, [yield* foundAt(file)])
      yield* following.until(count, (n) => n === 20)
      copyFileSync(file, copy)
      yield* following.arriveAt(copy)
      yield* following.until(rejects, (all) => all.length === 2)
      appendFileSync(copy, cowrieLog(20, 22))
      appendFileSync(file, cowrieLog(22, 24))
      yield* following.until(count, (n) => n === 24)
      expect([...(yield* secrets)].sort()).toEqual([...passwords(0, 24)].sort())
      expect((yield* rejects).map(({ file: at, line }) => [at, line])).toEqual([
        [file, 21],
        [copy, 21],
      ])
    }))
})
