import { existsSync, mkdirSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The data directory cannot be used; `reason` says why and what to do about it. */
export class DataDirectoryUnusable extends Schema.TaggedError<DataDirectoryUnusable>()(
  "DataDirectoryUnusable",
  { directory: Schema.String, reason: Schema.String },
) {
  override get message(): string {
    return `cannot use the data directory ${this.directory}: ${this.reason}`
  }
}

/**
 * Makes the data directory if it is to be written, for this user alone, since what attackers tried
 * will be in it; one that exists keeps its mode. To be read, it must have read models.
 */
export const prepareDataDirectory = (
  directory: string,
  mode: "read-write" | "read-only",
): Effect.Effect<void, DataDirectoryUnusable> =>
  Effect.try({
    try: () => {
      if (mode === "read-write") mkdirSync(directory, { recursive: true, mode: 0o700 })
      else if (!existsSync(join(directory, "generations"))) {
        statSync(join(directory, "readmodel.sqlite"))
      }
    },
    catch: (cause) => new DataDirectoryUnusable({ directory, reason: reasonOf(cause, mode) }),
  })

const reasonOf = (cause: unknown, mode: "read-write" | "read-only"): string => {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined
  if (mode === "read-only" && code === "ENOENT") {
    return "there is no data in it yet: run credtrail ingest first, or name another directory with --data"
  }
  if (code === "EEXIST" || code === "ENOTDIR") return "it is a file, not a directory"
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return "permission denied: name another directory with --data"
  }
  return cause instanceof Error ? cause.message : String(cause)
}
