import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { describe, expect, it } from "vitest"
import { ReadModel } from "../../../src/infra/readmodel/ReadModel.ts"
import { readModelVersion } from "../../../src/projections/schema.ts"
import { readModelContents } from "./readModelContents.ts"
import { currentDatabase } from "./sinks.ts"

const test = (title: string, body: (file: string) => Effect.Effect<void, unknown>): void => {
  it(title, async () => {
    const directory = mkdtempSync(join(tmpdir(), "credtrail-readmodel-"))
    try {
      await Effect.runPromise(body(join(directory, "readmodel.sqlite")))
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })
}

const opened =
  (file: string, mode: "read-write" | "read-only" = "read-write") =>
  <A, E>(effect: Effect.Effect<A, E, ReadModel>) =>
    Effect.provide(effect, ReadModel.layer({ file, mode }))

const contents = Effect.map(currentDatabase, (database) => readModelContents(database))
const addPolicy = ReadModel.use((readModel) =>
  readModel.attempt("add a row", (database) =>
    database.prepare("INSERT INTO checkpoints VALUES ('another', '', 7, 7)").run(),
  ),
)

describe("ReadModel", () => {
  test("makes its tables in a new file, and finds again what was written", (file) =>
    Effect.gen(function* () {
      const empty = yield* opened(file)(Effect.tap(contents, () => addPolicy))
      expect(Object.values(empty).flat()).toEqual([])
      expect(Object.keys(empty)).toEqual(expect.arrayContaining(["findings", "outbox"]))
      const again = yield* opened(file)(contents)
      expect(again).toEqual({ ...empty, checkpoints: [expect.stringContaining("another")] })
    }))

  test("can be read while somebody else writes", (file) =>
    opened(file)(
      Effect.gen(function* () {
        const before = yield* opened(file, "read-only")(contents)
        yield* addPolicy
        const after = yield* opened(file, "read-only")(contents)
        expect([before.checkpoints?.length, after.checkpoints?.length]).toEqual([0, 1])
      }),
    ))

  test("says which operation failed where it was opened for reading and is written to", (file) =>
    Effect.gen(function* () {
      yield* opened(file)(Effect.void)
      const failure = yield* Effect.flip(opened(file, "read-only")(addPolicy))
      expect(failure).toMatchObject({ _tag: "ReadModelUnavailable", kind: "read-only" })
      expect(failure.message).toContain("cannot add a row")
    }))

  for (const mode of ["read-write", "read-only"] as const) {
    test(`opened ${mode}, refuses another version, says what to do, and lets go of it`, (file) =>
      Effect.gen(function* () {
        yield* opened(file)(Effect.void)
        const other = new Sqlite(file)
        other.pragma(`user_version = ${readModelVersion + 1}`)
        other.pragma("journal_mode = DELETE")
        other.close()
        const failure = yield* Effect.flip(opened(file, mode)(contents))
        expect(failure).toMatchObject({ _tag: "ReadModelUnavailable", kind: "other-version" })
        expect(failure.message).toMatch(/move readmodel\.sqlite.* away: .*rebuilt/)
        // A connection that is still open keeps these.
        expect(existsSync(`${file}-wal`)).toBe(false)
        rmSync(file)
        expect(Object.values(yield* opened(file)(contents)).flat()).toEqual([])
      }))
  }

  test("refuses a file that is no database and leaves it as it is", (file) =>
    Effect.gen(function* () {
      writeFileSync(file, "a shopping list, and rather a long one".repeat(100))
      const failure = yield* Effect.flip(opened(file)(contents))
      expect(failure).toMatchObject({ _tag: "ReadModelUnavailable", kind: "corrupt" })
      expect(readFileSync(file, "utf8")).toContain("a shopping list")
    }))

  test("does not take a bug for a failure of the disk", (file) =>
    Effect.gen(function* () {
      const bug = ReadModel.use((readModel) =>
        readModel.attempt("query the read models", (database) =>
          database.prepare("SELECT nothing").all(),
        ),
      )
      const exit = yield* Effect.exit(opened(file)(bug))
      expect(Exit.isFailure(exit) && Cause.hasDies(exit.cause)).toBe(true)
    }))
})
