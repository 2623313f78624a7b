import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { openDatabase } from "../../../src/infra/sqlite/openDatabase.ts"
import { temporaryDirectory } from "../eventlog/temporaryDirectory.ts"

describe("opening a database", () => {
  it("leaves a file as it was, and nothing open, where it turns out to be something else", () =>
    Effect.gen(function* () {
      const directory = yield* temporaryDirectory
      const file = join(directory, "other.sqlite")
      new Sqlite(file).exec("CREATE TABLE t (a)").close()
      const before = readFileSync(file)
      let opened: Sqlite.Database | undefined
      const refuse = (database: Sqlite.Database): void => {
        opened = database
        throw new Error("not one of ours")
      }
      expect(() => openDatabase("log", file, refuse)).toThrow("not one of ours")
      expect(opened?.open).toBe(false)
      expect(readFileSync(file).equals(before)).toBe(true)
      expect(readdirSync(directory)).toEqual(["other.sqlite"])
    }).pipe(Effect.scoped, Effect.runPromise))
})
