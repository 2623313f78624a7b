import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import {
  fileOf,
  firstGeneration,
  type Generations,
  generationsIn,
  leftovers,
  readGenerations,
} from "../../readmodel/rebuild/GenerationRegistry.ts"
import { isRebuilding } from "../../readmodel/rebuild/rebuildLock.ts"
import { sqliteFailure } from "../../sqlite/sqliteFailure.ts"
import { type Check, ok, problem, warning } from "./Check.ts"
import { databaseChecks } from "./databaseChecks.ts"

const check = "generations"

/** Which generation of the read models is current, whether it is whole, and what rebuilds have left. */
export const generationChecks = (data: string, readModelVersion: number): ReadonlyArray<Check> => {
  if (!existsSync(generationsIn(data))) return []
  try {
    const generations = readGenerations(data)
    return [
      ...currentChecks(data, generations.current.no, readModelVersion),
      ...leftChecks(data, generations),
    ]
  } catch (thrown) {
    const failure = sqliteFailure(thrown)
    if (failure === undefined) throw thrown
    return [
      problem(
        check,
        `which of them is current cannot be read: ${failure.reason}`,
        "move the directory generations away: the read models are then readmodel.sqlite again, or rebuilt",
      ),
    ]
  }
}

// The first one is looked at as readmodel.sqlite.
const currentChecks = (data: string, no: number, version: number): ReadonlyArray<Check> =>
  no === firstGeneration
    ? []
    : [
        ok(check, `generation ${no} is current`),
        ...databaseChecks({
          check: "read models",
          file: fileOf(data, no),
          version,
          ifDamaged: "credtrail rollback goes back to the one before; then credtrail rebuild",
          ifMissing: ok("read models", "not there; the next credtrail ingest or run builds them"),
        }),
      ]

const leftChecks = (data: string, generations: Generations): ReadonlyArray<Check> => {
  if (isRebuilding(data)) return [ok(check, "one is being built now")]
  const left = leftovers(data, generations)
  if (left.length === 0) return []
  const bytes = left.reduce((sum, directory) => sum + sizeOf(directory), 0)
  return [
    warning(
      check,
      `${left.length} half-built or no longer needed, ${(bytes / 1e6).toFixed(1)} MB: a rebuild or a verification was killed`,
      "nothing reads them: the next credtrail rebuild removes them",
    ),
  ]
}

const sizeOf = (directory: string): number =>
  readdirSync(directory)
    .map((name) => statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0)
