import { statSync } from "node:fs"
import { openDatabase } from "../../sqlite/openDatabase.ts"
import { sqliteFailure } from "../../sqlite/sqliteFailure.ts"
import { type Check, ok, problem, warning } from "./Check.ts"

/** A write-ahead log of more bytes than this is not being written back. */
const largeWal = 256 << 20

/** One of the databases of the data directory. */
export interface Examined {
  readonly check: string
  readonly file: string
  /** The mark that it must bear, where it has one. */
  readonly applicationId?: number
  /** The newest version of its tables that this program knows, where they have one. */
  readonly version?: number
  /** What to do where it is damaged. */
  readonly ifDamaged: string
  /** What it means that it is not there. */
  readonly ifMissing: Check
}

/** Whether a database is there, is what it should be, is whole, and is written back. */
export const databaseChecks = (examined: Examined): ReadonlyArray<Check> => {
  const { check, file } = examined
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return [examined.ifMissing]
  try {
    const database = openDatabase("inspection", file)
    try {
      const id = database.pragma("application_id", { simple: true })
      if (examined.applicationId !== undefined && id !== examined.applicationId) {
        return [problem(check, `${file} is some other database`, "name another data directory")]
      }
      const version = Number(database.pragma("user_version", { simple: true }))
      if (examined.version !== undefined && version > examined.version) {
        return [
          problem(
            check,
            `${file} was written by a newer credtrail (version ${version})`,
            "run the newer credtrail",
          ),
        ]
      }
      const [fault] = database.prepare<[], string>("PRAGMA quick_check(1)").pluck().all()
      if (fault !== "ok") {
        return [problem(check, `${file} is damaged: ${fault}`, examined.ifDamaged)]
      }
    } finally {
      database.close()
    }
  } catch (thrown) {
    const failure = sqliteFailure(thrown)
    if (failure === undefined) throw thrown
    const remedy = failure.kind === "corrupt" ? examined.ifDamaged : "see the reason"
    return [problem(check, `${file} cannot be read: ${failure.reason}`, remedy)]
  }
  const wal = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  const size = (statSync(file, { throwIfNoEntry: false })?.size ?? 0) + wal
  const whole = ok(check, `${file} is whole, ${megabytes(size)} MB`)
  if (wal <= largeWal) return [whole]
  return [
    whole,
    warning(
      `${check} wal`,
      `${megabytes(wal)} MB are not written back yet`,
      "some process keeps reading an old state of it: see credtrail status, and end what hangs",
    ),
  ]
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
