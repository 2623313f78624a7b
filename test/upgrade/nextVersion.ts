// Loaded before the program: makes it the next version of itself, whose fold is another and whose
// tables are the same. With CREDTRAIL_STAND_STILL=yes it stops itself, as SIGSTOP does, once the first
// batch is in a second generation of the read models, and says so before.
import { writeSync } from "node:fs"
import { registerHooks } from "node:module"
import { sep } from "node:path"
import Sqlite, { type Statement } from "better-sqlite3"

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.endsWith("/src/projections/schema.ts")) return loaded
    const source = String(loaded.source)
    const next = source.replace(
      /(export const readModelVersion = )(\d+)/,
      (_, before: string, version: string) => `${before}${Number(version) + 1}`,
    )
    if (next === source) throw new Error("the version of the read models was not found")
    return { ...loaded, source: next }
  },
})

const probe = new Sqlite(":memory:")
const statements: Statement = Object.getPrototypeOf(probe.prepare("SELECT 1"))
const { run } = statements
probe.close()

let stands = process.env.CREDTRAIL_STAND_STILL !== "yes"

statements.run = function (this: Statement, ...parameters: ReadonlyArray<unknown>) {
  const result = run.apply(this, [...parameters])
  const isSecond = this.database.name.includes(`${sep}generations${sep}2${sep}`)
  if (!stands && isSecond && this.source === "COMMIT" && hasFolded(this.database)) {
    stands = true
    writeSync(2, "standing still\n")
    process.kill(process.pid, "SIGSTOP")
  }
  return result
}

const hasFolded = (database: Sqlite.Database): boolean =>
  database.prepare("SELECT 1 FROM checkpoints").get() !== undefined
