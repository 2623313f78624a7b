// Loaded before the program: sends it a signal just before one of the steps by which it changes
// files of the read models, or takes or lets go a lock on them. CREDTRAIL_AT_STEP says which:
// `SIGKILL 12` before the twelfth, `SIGSTOP COMMIT .*generations` before the first that this matches.
import fs from "node:fs"
import { syncBuiltinESMExports } from "node:module"
import Sqlite, { type Database, type Statement } from "better-sqlite3"

const [signal, ...rest] = (process.env.CREDTRAIL_AT_STEP ?? "").split(" ")
const wanted = rest.join(" ")
let steps = 0
let done = false

const step = (what: string, path: unknown): void => {
  if (done || !/readmodel|generations/.test(String(path))) return
  steps++
  const is = /^\d+$/.test(wanted)
    ? steps === Number(wanted)
    : new RegExp(wanted).test(`${what} ${path}`)
  if (!is) return
  done = true
  fs.writeSync(2, `at step ${steps}\n`)
  process.kill(process.pid, signal)
}

const probe = new Sqlite(":memory:")
const statements: Statement = Object.getPrototypeOf(probe.prepare("SELECT 1"))
const databases: Database = Object.getPrototypeOf(probe)
const { run } = statements
const { exec } = databases
probe.close()

statements.run = function (this: Statement, ...parameters: ReadonlyArray<unknown>) {
  // What begins a transaction or is part of one is nothing before the commit.
  const isAlone = !this.database.inTransaction && !this.source.startsWith("BEGIN")
  if (isAlone || this.source === "COMMIT") step(this.source, this.database.name)
  return run.apply(this, [...parameters])
}

databases.exec = function (this: Database, source: string) {
  step(source, this.name)
  return exec.call(this, source)
}

for (const name of ["mkdirSync", "rmSync"] as const) {
  const original = fs[name] as (...parameters: ReadonlyArray<unknown>) => unknown // either of them
  Object.assign(fs, {
    [name]: (...parameters: ReadonlyArray<unknown>) => {
      step(name, parameters[0])
      return original(...parameters)
    },
  })
}
syncBuiltinESMExports()
