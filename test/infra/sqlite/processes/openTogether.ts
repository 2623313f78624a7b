import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { useWriteAheadLog } from "../../../../src/infra/sqlite/useWriteAheadLog.ts"

// Opens new databases, each in the same moment as the others that do the same, and prints how often
// it was refused. Arguments: directory, own number, how many processes, how many databases.
const [directory = "", own, processes, files] = process.argv.slice(2)
const others = Array.from({ length: Number(processes) }, (_, n) => String(n))

let refused = 0
for (let file = 0; file < Number(files); file++) {
  const mark = (who: string): string => join(directory, `${file}.${who}`)
  writeFileSync(mark(String(own)), "")
  while (!others.every((other) => existsSync(mark(other))));
  const database = new Sqlite(join(directory, `${file}.sqlite`), { timeout: 5000 })
  try {
    useWriteAheadLog(database)
    database.transaction(() => database.exec("CREATE TABLE IF NOT EXISTS t (a)")).immediate()
  } catch {
    refused++
  }
  database.close()
}
console.log(refused)
