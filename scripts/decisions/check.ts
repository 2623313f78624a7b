// npm run decisions: names, numbers, dates, sections and the list of the decision records.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { decisionFaults } from "./decisionFaults.ts"

const docs = join(import.meta.dirname, "../../docs")
const directory = join(docs, "decisions")
const records = new Map(
  readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), "utf8")]),
)
const faults = decisionFaults(records, readFileSync(join(docs, "README.md"), "utf8"))

for (const fault of faults) console.log(fault)
console.log(`${records.size} decision records, ${faults.length} faults`)
if (faults.length > 0) process.exitCode = 1
