import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite, { SqliteError } from "better-sqlite3"
import { afterAll, describe, expect, it } from "vitest"
import { sqliteFailure } from "../../../src/infra/sqlite/sqliteFailure.ts"

const directory = mkdtempSync(join(tmpdir(), "credtrail-sqlite-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const thrownBy = (work: () => unknown): unknown => {
  try {
    work()
  } catch (cause) {
    return cause
  }
  throw new Error("nothing was thrown")
}

const withCode = (code: string): Error => Object.assign(new Error(code), { code })

describe("a failure of SQLite", () => {
  it("is a full disk when the database may not grow", () => {
    const database = new Sqlite(":memory:")
    database.exec("CREATE TABLE t (x)")
    database.pragma("max_page_count = 2")
    const cause = thrownBy(() => database.exec("INSERT INTO t VALUES (randomblob(100000))"))
    expect(sqliteFailure(cause)?.kind).toBe("disk-full")
  })

  it("is a read-only file when the connection or the file may not write", () => {
    const file = join(directory, "read-only.db")
    new Sqlite(file).exec("CREATE TABLE t (x)").close()
    const database = new Sqlite(file, { readonly: true })
    const cause = thrownBy(() => database.exec("INSERT INTO t VALUES (1)"))
    database.close()
    expect(sqliteFailure(cause)?.kind).toBe("read-only")
    expect(sqliteFailure(thrownBy(() => new Sqlite(directory)))?.kind).toBe("read-only")
  })

  it("is a busy file when another connection holds it", () => {
    const file = join(directory, "busy.db")
    const [one, two] = [new Sqlite(file), new Sqlite(file, { timeout: 1 })]
    one.exec("BEGIN IMMEDIATE")
    expect(sqliteFailure(thrownBy(() => two.exec("BEGIN IMMEDIATE")))?.kind).toBe("busy")
    one.close()
    two.close()
  })

  it("is a corrupt file when it is no database or a damaged one", () => {
    const file = join(directory, "text.db")
    writeFileSync(file, "text ".repeat(1_000))
    const database = new Sqlite(file)
    expect(sqliteFailure(thrownBy(() => database.pragma("user_version")))?.kind).toBe("corrupt")
    database.close()
    expect(sqliteFailure(new SqliteError("x", "SQLITE_CORRUPT_INDEX"))?.kind).toBe("corrupt")
  })

  it("says the same for an extended code as for the code that it refines", () => {
    const kinds = {
      SQLITE_BUSY_SNAPSHOT: "busy",
      SQLITE_READONLY_DIRECTORY: "read-only",
      SQLITE_READONLY_DBMOVED: "read-only",
      SQLITE_CANTOPEN_ISDIR: "read-only",
      SQLITE_IOERR_SHMSIZE: "disk-full",
    }
    for (const [code, kind] of Object.entries(kinds)) {
      expect(sqliteFailure(new SqliteError("x", code))?.kind).toBe(kind)
    }
  })

  it("tells apart what is to be done about a file that cannot be written", () => {
    const codes = ["SQLITE_READONLY_DBMOVED", "SQLITE_READONLY_DIRECTORY", "SQLITE_READONLY"]
    const reasons = codes.map((code) => sqliteFailure(new SqliteError("x", code))?.reason)
    expect(new Set(reasons).size).toBe(3)
  })

  it("includes what the file system says", () => {
    const kinds = {
      ENOSPC: "disk-full",
      EACCES: "read-only",
      EROFS: "read-only",
      EEXIST: "read-only",
    }
    for (const [code, kind] of Object.entries(kinds)) {
      expect(sqliteFailure(withCode(code))?.kind).toBe(kind)
    }
  })

  it("is a mistake in the program otherwise", () => {
    const database = new Sqlite(":memory:")
    const causes = [
      thrownBy(() => database.exec("SELECT nonsense")),
      new SqliteError("x", "SQLITE_CONSTRAINT_UNIQUE"),
      new SqliteError("x", "SQLITE_IOERR_READ"),
      new TypeError("x"),
      withCode("ENOENT"),
      "SQLITE_FULL",
      undefined,
    ]
    for (const cause of causes) expect(sqliteFailure(cause)).toBeUndefined()
  })
})
