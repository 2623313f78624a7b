import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { openDatabase } from "../../../../src/infra/sqlite/openDatabase.ts"

// Opens new databases, each in the same moment as the others that do the same, and prints how often
// it was refused. Arguments: directory, own number, how many processes, how many databases.
const [directory = "", own, processes, files] = process.argv.slice(2)
const others = Array.from({ length: Number(processes) }, (_, n) => String(n))

let refused = 0
for (let file = 0; file < Number(files); file++) {
  const mark = (who: string): string => join(directory, `${file}.${who}`)
  writeFileSync(mark(String(own)), "")
  while (!others.every((other) => existsSync(mark(other))));
  try {
    openDatabase("readModel", join(directory, `${file}.sqlite`), (database) =>
      database.transaction(() => database.exec("CREATE TABLE IF NOT EXISTS t (a)")).immediate(),
    ).close()
  } catch {
    refused++
  }
}
console.log(refused)
