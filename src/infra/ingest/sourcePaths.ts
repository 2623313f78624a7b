import { readdir, stat } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A file or directory that cannot be read. */
export class SourceUnreadable extends Schema.TaggedError<SourceUnreadable>()("SourceUnreadable", {
  path: Schema.String,
  reason: Schema.String,
}) {
  override get message(): string {
    return `cannot read ${this.path}: ${this.reason}`
  }
}

/** A file to read. `named` says that the operator named it, rather than a directory it is in. */
export interface SourcePath {
  readonly path: string
  readonly named: boolean
}

/** Standard input, among paths. */
export const standardInput = "-"

/**
 * The files meant by these paths: files as they are, directories with everything in them and
 * below, hidden files left out. In a stable order, each file once.
 */
export const sourcePaths = Effect.fn("sourcePaths")(function* (
  paths: ReadonlyArray<string>,
): Effect.fn.Return<ReadonlyArray<SourcePath>, SourceUnreadable> {
  const found = new Map<string, SourcePath>()
  for (const path of paths) {
    for (const file of yield* filesOf(path)) {
      if (!found.has(file.path) || file.named) found.set(file.path, file)
    }
  }
  return [...found.values()]
})

const filesOf = (path: string): Effect.Effect<ReadonlyArray<SourcePath>, SourceUnreadable> => {
  if (path === standardInput) return Effect.succeed([{ path, named: true }])
  return reading(path, async () => {
    if (!(await stat(path)).isDirectory()) return [{ path: resolve(path), named: true }]
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (file) =>
          !file
            .slice(path.length)
            .split("/")
            .some((part) => part.startsWith(".")),
      )
      .sort()
      .map((file) => ({ path: resolve(file), named: false }))
  })
}

/** Does something with a file; what goes wrong is said with its path. */
export const reading = <A>(
  path: string,
  work: () => Promise<A>,
): Effect.Effect<A, SourceUnreadable> =>
  Effect.tryPromise({ try: work, catch: (cause) => unreadable(path, cause) })

export const unreadable = (path: string, cause: unknown): SourceUnreadable => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
  const reason =
    code === "ENOENT"
      ? "there is no such file or directory"
      : code === "EACCES"
        ? "permission denied: run as a user who may read it"
        : cause instanceof Error
          ? cause.message
          : String(cause)
  return new SourceUnreadable({ path, reason })
}

/**
 * The name that a template makes of a path: `{dir}` is the name of the directory the file is in,
 * `{file}` the name of the file up to its first dot.
 */
export const nameFromTemplate = (template: string, path: string): string =>
  template
    .replaceAll("{dir}", basename(dirname(path)))
    .replaceAll("{file}", basename(path).replace(/(?<=.)\..*$/, ""))
