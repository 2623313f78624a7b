import { createHash } from "node:crypto"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { describe, expect, it } from "vitest"
import {
  type FileProgress,
  IngestStore,
  type ReadFile,
  type RejectedLine,
  type SessionChanges,
} from "../../../src/infra/ingest/IngestStore.ts"
import { temporaryDirectory } from "./workplace.ts"

const test = <E>(
  title: string,
  body: (file: string) => Effect.Effect<void, E, IngestStore | Scope.Scope>,
): void => {
  it(title, () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.flatMap(temporaryDirectory, (directory) => {
          const file = join(directory, "ingest.sqlite")
          return body(file).pipe(Effect.provide(IngestStore.layer({ file, mode: "read-write" })))
        }),
      ),
    ),
  )
}

const nobody: ReadonlySet<number> = new Set()

const stretchDigest = (bytes: Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex")

const progressOf = (content: string, lines = 1) => ({
  headLength: Math.min(1024, content.length),
  headDigest: stretchDigest(Buffer.from(content.slice(0, 1024))),
  consumed: content.length,
  tailDigest: stretchDigest(Buffer.from(content.slice(-1024))),
  lines,
})

const reject = (line: number, text = "gibberish"): RejectedLine => ({
  line,
  offset: line * 10,
  reason: "not-json",
  bytes: Buffer.from(text),
  length: text.length,
})

const listed = Effect.gen(function* () {
  const store = yield* IngestStore
  return (yield* store.rejects(1000, 0)).map(({ file, line }) => `${file}:${line}`)
})

/** Records what was read of one file. */
const saveFile = (
  file: Pick<FileProgress, "fileId" | "path" | "before">,
  progress: Omit<ReadFile, "fileId" | "path">,
  rejects: ReadonlyArray<RejectedLine>,
  understood: ReadonlyArray<number>,
  sessions: SessionChanges,
) =>
  Effect.flatMap(IngestStore, (store) =>
    store.saveProgress([{ ...file, ...progress, rejects, understood }], sessions),
  )

const noSessions = { source: "cowrie.x", open: [], over: [] }

describe("an IngestStore", () => {
  test("knows a file by its beginning, also by a beginning that was short", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      const file = { fileId, path: "/a", before: 0 }
      expect(yield* store.filesLike("s", Buffer.from("short and more"), stretchDigest)).toEqual([])
      expect(yield* saveFile(file, progressOf("short\n"), [], [], noSessions)).toBe(true)
      const like = yield* store.filesLike("s", Buffer.from("short\nand more"), stretchDigest)
      expect(like).toEqual([{ fileId, path: "/a", ...progressOf("short\n") }])
      expect(yield* store.filesLike("s", Buffer.from("shor"), stretchDigest)).toEqual([])
      expect(yield* store.filesLike("s", Buffer.from("other\nand more"), stretchDigest)).toEqual([])
      expect(
        yield* store.filesLike("another source", Buffer.from("short\nand more"), stretchDigest),
      ).toEqual([])
    }))

  test("gives the record of the file that was read the furthest first", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const content = "x".repeat(5000)
      for (const length of [2000, 4000, 3000]) {
        const fileId = yield* store.addFile("s", `/${length}`, nobody)
        const file = { fileId, path: `/${length}`, before: 0 }
        yield* saveFile(file, progressOf(content.slice(0, length)), [], [], noSessions)
      }
      const like = yield* store.filesLike("s", Buffer.from(content.slice(0, 1024)), stretchDigest)
      expect(like.map(({ consumed }) => consumed)).toEqual([4000, 3000, 2000])
    }))

  test("takes up a record that was begun for nothing, but not somebody's who is at it", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const first = yield* store.addFile("s", "/a", nobody)
      expect(yield* store.addFile("s", "/a", nobody)).toBe(first)
      const second = yield* store.addFile("s", "/a", new Set([first]))
      expect(second).not.toBe(first)
      expect(yield* store.addFile("s", "/b", nobody)).not.toBe(first)
      expect(yield* store.addFile("other", "/a", nobody)).not.toBe(first)
      yield* saveFile(
        { fileId: first, path: "/a", before: 0 },
        progressOf("a\n"),
        [],
        [],
        noSessions,
      )
      yield* saveFile(
        { fileId: second, path: "/a", before: 0 },
        progressOf("b\n"),
        [],
        [],
        noSessions,
      )
      expect([first, second]).not.toContain(yield* store.addFile("s", "/a", nobody))
    }))

  test("records progress and rejects together, and neither where somebody else was faster", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      const save = (before: number, content: string, line: number) =>
        saveFile(
          { fileId, path: "/a", before },
          progressOf(content),
          [reject(line)],
          [],
          noSessions,
        )
      expect(yield* save(0, "x".repeat(20), 1)).toBe(true)
      expect(yield* save(0, "x".repeat(30), 2)).toBe(false)
      expect(yield* save(20, "x".repeat(30), 3)).toBe(true)
      expect(yield* listed).toEqual(["/a:1", "/a:3"])
      const like = yield* store.filesLike("s", Buffer.from("x".repeat(30)), stretchDigest)
      expect(like.map(({ consumed }) => consumed)).toEqual([30])
    }))

  test("records nothing of several files where somebody else was faster at one", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const files = yield* Effect.forEach(["/a", "/b"], (path) =>
        Effect.map(store.addFile("s", path, nobody), (fileId) => ({ fileId, path })),
      )
      const progress = (before: number) =>
        files.map((file, line) => ({
          ...{ ...file, before: line * before, understood: [] },
          ...progressOf(`${file.path}\n`),
          rejects: [reject(line)],
        }))
      const sessions = { ...noSessions, open: [{ session: "a", facts: "{}" }] }
      expect(yield* store.saveProgress(progress(7), sessions)).toBe(false)
      expect(yield* listed).toEqual([])
      expect(yield* store.openSessions("cowrie.x")).toEqual([])
      expect(yield* store.saveProgress(progress(0), sessions)).toBe(true)
      expect(yield* listed).toEqual(["/a:0", "/b:1"])
    }))

  test("has a line rejected once for a reason, however often it is read", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      const file = { fileId, path: "/a", before: 0 }
      yield* saveFile(file, progressOf(""), [reject(1, "half")], [], noSessions)
      yield* saveFile(
        file,
        progressOf(""),
        [reject(1, "half and more"), { ...reject(1), reason: "broken-compression" }],
        [],
        noSessions,
      )
      const rows = yield* store.rejects(10, 0)
      expect(rows.map(({ reason, bytes }) => [reason, Buffer.from(bytes).toString()])).toEqual([
        ["broken-compression", "gibberish"],
        ["not-json", "half and more"],
      ])
      expect(yield* store.rejectCounts).toEqual([
        { reason: "broken-compression", count: 1 },
        { reason: "not-json", count: 1 },
      ])
    }))

  test("forgets the rejects behind a line, of that file alone, and keeps that line's own", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      for (const path of ["/a", "/b"]) {
        const fileId = yield* store.addFile("s", path, nobody)
        const rejects = [1, 2, 3].map((line) => reject(line))
        yield* saveFile({ fileId, path, before: 0 }, progressOf(path, 2), rejects, [], noSessions)
        if (path === "/a") yield* store.forgetRejectsAfter(fileId, 20)
      }
      expect(yield* listed).toEqual(["/a:1", "/a:2", "/b:1", "/b:2", "/b:3"])
    }))

  test("lists the rejects under the path the file has now, page by page", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      const rejects = [1, 2, 3, 4, 5].map((line) => reject(line))
      yield* saveFile({ fileId, path: "/a", before: 0 }, progressOf("a"), rejects, [], noSessions)
      yield* store.moveFile(fileId, "/a.1")
      expect(
        (yield* store.rejects(2, 3)).map(({ file, line, source }) => [file, line, source]),
      ).toEqual([
        ["/a.1", 4, "s"],
        ["/a.1", 5, "s"],
      ])
    }))

  test("keeps the bytes of a rejected line as they were", () =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      const bytes = Buffer.from([0, 255, 10, 13, 0xc3, 0x28])
      yield* saveFile(
        { fileId, path: "/a", before: 0 },
        progressOf("a"),
        [{ ...reject(1), bytes }],
        [],
        noSessions,
      )
      expect((yield* store.rejects(1, 0)).map((row) => Buffer.from(row.bytes))).toEqual([bytes])
    }))

  test("is the same for a process that opens it read-only, and takes nothing from it", (file) =>
    Effect.gen(function* () {
      const store = yield* IngestStore
      const fileId = yield* store.addFile("s", "/a", nobody)
      yield* saveFile(
        { fileId, path: "/a", before: 0 },
        progressOf("a"),
        [reject(1)],
        [],
        noSessions,
      )
      const [rows, refused] = yield* Effect.gen(function* () {
        const reader = yield* IngestStore
        return [
          yield* reader.rejects(10, 0),
          yield* Effect.flip(reader.moveFile(fileId, "/b")),
        ] as const
      }).pipe(Effect.provide(IngestStore.layer({ file, mode: "read-only" })))
      expect(rows).toHaveLength(1)
      expect(refused).toMatchObject({ _tag: "IngestStoreUnavailable", kind: "read-only" })
    }))

  it("says what is wrong with a file that is none of its own, and one that it cannot make", () =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const directory = yield* temporaryDirectory
          const opened = (file: string, mode: "read-write" | "read-only" = "read-write") =>
            Effect.flip(
              Effect.asVoid(IngestStore).pipe(Effect.provide(IngestStore.layer({ file, mode }))),
            )
          const garbage = join(directory, "garbage")
          writeFileSync(garbage, "this is no database, whatever it is called\n".repeat(100))
          expect(yield* opened(garbage)).toMatchObject({
            kind: "corrupt",
            operation: "open the ingest record",
          })
          const blocked = join(directory, "blocked")
          mkdirSync(blocked)
          expect(yield* opened(blocked)).toMatchObject({ kind: "read-only" })
          expect(yield* opened(join(directory, "gone"), "read-only")).toMatchObject({
            _tag: "IngestStoreUnavailable",
          })
          rmSync(garbage)
        }),
      ),
    ))

  const reading = (file: string) =>
    Effect.flatMap(IngestStore, (store) => store.rejectCounts).pipe(
      Effect.provide(IngestStore.layer({ file, mode: "read-only" })),
    )

  test("has nothing where its file was only begun, and makes it when it is written", (file) =>
    Effect.gen(function* () {
      for (const half of ["", "CREATE TABLE files (file_id INTEGER PRIMARY KEY)"]) {
        const made = `${file}.${half.length}`
        writeFileSync(made, "")
        const database = new Sqlite(made)
        database.exec(half)
        database.close()
        expect(yield* reading(made)).toEqual([])
      }
      const empty = `${file}.0`
      const store = yield* Effect.flatMap(IngestStore, (made) =>
        made.addFile("s", "/a", nobody),
      ).pipe(Effect.provide(IngestStore.layer({ file: empty, mode: "read-write" })))
      expect(store).toBe(1)
    }))

  test("opens for a reader though it is damaged, and says so when it is asked", (file) =>
    Effect.gen(function* () {
      const damaged = `${file}.damaged`
      writeFileSync(damaged, Buffer.alloc(8192, 7))
      const opened = Effect.provide(
        Effect.as(IngestStore, "opened"),
        IngestStore.layerIfReadable(damaged),
      )
      expect(yield* opened).toBe("opened")
      const asked = Effect.flatMap(IngestStore, (store) => store.rejectCounts).pipe(
        Effect.provide(IngestStore.layerIfReadable(damaged)),
      )
      expect(yield* Effect.flip(asked)).toMatchObject({
        _tag: "IngestStoreUnavailable",
        kind: "corrupt",
      })
    }))
})
