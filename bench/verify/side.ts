import Sqlite from "better-sqlite3"
import { agree, openComparison } from "../../src/infra/readmodel/rebuild/Comparison.ts"
import { comparedTables } from "../../src/infra/readmodel/rebuild/comparedTables.ts"
import { side } from "../side.ts"

// One side of the verification, in a process of its own: compares two generations, or reads the
// same rows of both. Arguments: compare | read, the files of both.
const [which, live = "", rebuilt = ""] = process.argv.slice(2)

const compare = (): number => {
  const comparison = openComparison(live, rebuilt)
  const tables = comparison.compare()
  comparison.close()
  const differing = tables.filter((table) => !agree(table))
  if (differing.length > 0) throw new Error(`they differ in ${differing[0]?.table}`)
  return tables.reduce((sum, table) => sum + table.live.rows, 0)
}

const read = (): number => {
  const database = new Sqlite(":memory:")
  for (const [name, file] of Object.entries({ live, rebuilt })) {
    database.prepare(`ATTACH ? AS ${name}`).run(file)
  }
  let rows = 0
  for (const schema of ["live", "rebuilt"]) {
    for (const { name } of comparedTables(database, "live", "rebuilt")) {
      const all = database.prepare(`SELECT * FROM ${schema}.${name}`).raw()
      for (const _ of all.iterate()) rows++
    }
  }
  database.close()
  return rows / 2
}

await side(which === "compare" ? compare : read)
