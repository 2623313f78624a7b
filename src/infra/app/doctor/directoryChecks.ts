import { accessSync, constants, readdirSync, statfsSync, statSync } from "node:fs"
import { join } from "node:path"
import { type Check, ok, problem, warning } from "./Check.ts"

/** Free space in bytes below which there is reason to worry, and below which writing soon fails. */
const little = 1 << 30
const none = 64 << 20

/** The data directory: whether it can be used, who else can read it, and the room on its disk. */
export const directoryChecks = (data: string): ReadonlyArray<Check> => {
  const stat = statSync(data, { throwIfNoEntry: false })
  if (stat === undefined) {
    return [
      problem(
        "data directory",
        `${data} is not there`,
        "run credtrail ingest first, or name the directory with --data",
      ),
    ]
  }
  if (!stat.isDirectory()) {
    return [problem("data directory", `${data} is a file`, "name a directory with --data")]
  }
  return [accessCheck(data), privacyCheck(data, stat.mode), diskCheck(data)]
}

const accessCheck = (data: string): Check => {
  const closed = [data, ...databasesIn(data)].find((path) => !isWritable(path))
  return closed === undefined
    ? ok("data directory", `${data} can be read and written by this user`)
    : problem(
        "data directory",
        `${closed} cannot be read and written by this user`,
        "run credtrail as the user that owns it, or give it to this user with chown",
      )
}

// Even a reader of a database has to write the files that SQLite keeps next to it.
const databasesIn = (data: string): ReadonlyArray<string> => {
  try {
    return readdirSync(data)
      .filter((name) => /\.sqlite(-wal|-shm)?$/.test(name))
      .map((name) => join(data, name))
  } catch {
    return [] // told by the look at the directory itself
  }
}

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

const privacyCheck = (data: string, mode: number): Check =>
  (mode & 0o077) === 0
    ? ok("privacy", "no other user can enter the data directory")
    : warning(
        "privacy",
        `other users may enter ${data}, which holds what attackers tried (mode ${(mode & 0o777).toString(8)})`,
        `chmod 700 ${data}`,
      )

const diskCheck = (data: string): Check => {
  const { bavail, bsize } = statfsSync(data)
  const free = bavail * bsize
  const said = `${(free / 1e9).toFixed(1)} GB are free where the data is`
  if (free < none) return problem("disk", said, "free some space: appends fail when it is full")
  if (free < little) return warning("disk", said, "free some space before it is full")
  return ok("disk", said)
}
