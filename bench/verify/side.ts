import Sqlite from "better-sqlite3"
import {
  disagreements,
  openGenerationDiff,
} from "../../src/infra/readmodel/rebuild/GenerationDiff.ts"
import { comparedTables } from "../../src/projections/generationDiff/comparedTables.ts"
import { side } from "../side.ts"

// One side of the verification, in a process of its own: compares two generations, or reads the
// same rows of both. Arguments: compare | read, the files of both.
const [which, live = "", rebuilt = ""] = process.argv.slice(2)

const compare = (): number => {
  const diff = openGenerationDiff(live, rebuilt)
  const tables = diff.compare()
  diff.close()
  const differing = disagreements({ tables })
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
    for (const { name } of comparedTables(database)) {
      const all = database.prepare(`SELECT * FROM ${schema}.${name}`).raw()
      for (const _ of all.iterate()) rows++
    }
  }
  database.close()
  return rows / 2
}

await side(which === "compare" ? compare : read)
