import { existsSync } from "node:fs"
import { join } from "node:path"
import { readModelVersion } from "../../../projections/schema.ts"
import { applicationId, schemaVersion } from "../../eventlog/embedded/openLogFile.ts"
import { type Check, ok, problem } from "./Check.ts"
import { databaseChecks } from "./databaseChecks.ts"
import { directoryChecks } from "./directoryChecks.ts"
import { generationChecks } from "./generationChecks.ts"

/**
 * Looks at a data directory and changes nothing in it: the directory, the disk, and each database.
 * `hasOwnLog` says whether the log is meant to be in it.
 */
export const examineData = (data: string, hasOwnLog: boolean): ReadonlyArray<Check> => {
  if (!hasOwnLog && !existsSync(data)) {
    return [ok("data directory", `${data} is not there yet: the first ingest or run makes it`)]
  }
  const directory = directoryChecks(data)
  if (!existsSync(data) || directory.length === 1) return directory
  const log = databaseChecks({
    check: "log",
    file: join(data, "log.sqlite"),
    applicationId,
    version: schemaVersion,
    ifDamaged:
      "stop all processes and restore log.sqlite from a backup; without one, move the directory away and read the logs again",
    ifMissing: problem(
      "log",
      `there is no log in ${data}`,
      "run credtrail ingest first, or name the directory with --data",
    ),
  })
  const generations = generationChecks(data, readModelVersion)
  const first = databaseChecks({
    check: "read models",
    file: join(data, "readmodel.sqlite"),
    version: readModelVersion,
    ifDamaged:
      "move readmodel.sqlite and its -wal and -shm files away: the next credtrail ingest or run rebuilds them",
    ifMissing: ok("read models", "not there; the next credtrail ingest or run builds them"),
  })
  // Where another generation is current, the first is kept to go back to, or gone.
  const readModels = generations.some(({ check }) => check === "read models")
    ? generations
    : [...first, ...generations]
  const record = databaseChecks({
    check: "ingest record",
    file: join(data, "ingest.sqlite"),
    ifDamaged:
      "move ingest.sqlite and its -wal and -shm files away: files are read once more, attempts are recognised",
    ifMissing: ok("ingest record", "nothing has been ingested here"),
  })
  return [...directory, ...(hasOwnLog ? log : []), ...readModels, ...record]
}
