// Loaded before the program: kills it at a commit of whichever of its databases, as CREDTRAIL_KILL
// says: `after first` when the first transaction that changed rows is committed, `before second`
// when the second such is about to be, `after any N` at the N-th commit, be it an empty one or that
// of a single statement.
import Sqlite, { type Statement } from "better-sqlite3"

const [moment, which, count] = (process.env.CREDTRAIL_KILL ?? "").split(" ")
const wanted = which === "any" ? Number(count) : which === "first" ? 1 : 2

const probe = new Sqlite(":memory:")
const statements: Statement = Object.getPrototypeOf(probe.prepare("SELECT 1"))
const { run } = statements
probe.close()

let commits = 0
const begun = new WeakMap<object, number>()

const changes = ({ database }: Statement): number =>
  Number(database.prepare("SELECT total_changes()").pluck(true).get())

const die = (): void => {
  process.kill(process.pid, "SIGKILL")
}

statements.run = function (this: Statement, ...parameters: ReadonlyArray<unknown>) {
  const alone = !this.database.inTransaction
  if (this.source.startsWith("BEGIN")) begun.set(this.database, changes(this))
  const committing =
    this.source === "COMMIT" && (which === "any" || changes(this) !== begun.get(this.database))
  if (committing && moment === "before" && ++commits === wanted) die()
  const result = run.apply(this, [...parameters])
  const committed = committing || (which === "any" && alone && result.changes > 0)
  if (committed && moment === "after" && ++commits === wanted) die()
  return result
}
