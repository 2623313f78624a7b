import type { BigIntStats } from "node:fs"
import { readdir, realpath, stat } from "node:fs/promises"
import { basename, dirname, join, resolve, sep } from "node:path"
import * as Effect from "effect/Effect"
import {
  hasLostBytes,
  isMissing,
  reading,
  SourceUnreadable,
  unreadable,
} from "./SourceUnreadable.ts"

/** A file to read. `named` says that the operator named it, rather than a directory it is in. */
export interface SourcePath {
  readonly path: string
  readonly named: boolean
  /** What it is, whatever it is called: its device and inode. */
  readonly key: string
  /** Its size on disk. */
  readonly size: number
  /** Its size and when it was written: another where something has changed. */
  readonly stamp: string
  /** When it was written, in milliseconds since 1970. */
  readonly changed: number
}

export interface SourcePaths {
  readonly files: ReadonlyArray<SourcePath>
  /** What is in the directories that were named, and cannot be looked into. */
  readonly unreadable: ReadonlyArray<SourceUnreadable>
}

/**
 * Told of each directory in which something is found, before it is read: of one that is searched,
 * and of one that holds a file that was named, or that a link leads to, with the name there and
 * the path by which it goes here.
 */
export type OnDirectory = (directory: string, file?: { name: string; path: string }) => void

/** Standard input, among paths. */
export const standardInput = "-"

/**
 * The files meant by these paths: files as they are, directories with everything in them and
 * below. Left out are hidden files and what is in `own`, the directory of our own data; a link is
 * followed to a file and not to a directory. In a stable order, each file once, whatever its
 * names. Fails for what the operator named and is not there.
 */
export const sourcePaths = Effect.fn("sourcePaths")(function* (
  paths: ReadonlyArray<string>,
  own: string,
  onDirectory: OnDirectory = () => {},
): Effect.fn.Return<SourcePaths, SourceUnreadable> {
  const ownPath = yield* Effect.promise(() => realpath(own).catch(() => resolve(own)))
  const files = new Map<string, SourcePath>()
  const notRead: Array<SourceUnreadable> = []
  for (const path of paths) {
    if (path === standardInput) continue
    const found = yield* reading(path, () => filesOf(path, ownPath, notRead, onDirectory))
    for (const file of found) {
      if (!files.has(file.key) || file.named) files.set(file.key, file)
    }
  }
  return { files: [...files.values()], unreadable: notRead }
})

const filesOf = async (
  path: string,
  own: string,
  notRead: Array<SourceUnreadable>,
  onDirectory: OnDirectory,
): Promise<ReadonlyArray<SourcePath>> => {
  const there = await stat(path, { bigint: true })
  if (!there.isFile() && !there.isDirectory()) {
    throw new SourceUnreadable({
      path,
      reason: "it is neither a file nor a directory: pipe it in, and name - instead",
    })
  }
  const real = await realpath(path)
  if (real === own || real.startsWith(own + sep)) {
    throw new SourceUnreadable({ path, reason: "it is where credtrail keeps its own data" })
  }
  const tell = (target: string, at: string): void =>
    onDirectory(dirname(target), { name: basename(target), path: at })
  if (there.isFile()) {
    tell(real, resolve(path))
    return [sourcePath(resolve(path), true, there)]
  }
  const found: Array<SourcePath> = []
  const { names, links } = await namesBelow(real, own, notRead, (below) =>
    onDirectory(resolve(path, below)),
  )
  for (const below of [...names, ...links]) {
    const file = resolve(path, below)
    try {
      if (links.has(below)) tell(await realpath(file), file)
      const behind = await stat(file, { bigint: true })
      if (behind.isFile()) found.push(sourcePath(file, false, behind))
    } catch (cause) {
      // Moved or deleted since the directory was read, or a link that leads nowhere.
      if (!isMissing(cause) || hasLostBytes(file)) notRead.push(unreadable(file, cause))
    }
  }
  return found
}

/** The file at a path, as it is now; or that there is none, or something else than a file. */
export const sourcePathAt = (
  path: string,
  named: boolean,
): Effect.Effect<SourcePath | "missing" | "other", SourceUnreadable> =>
  reading(path, async () => {
    const there = await stat(path, { bigint: true })
    return there.isFile() ? sourcePath(path, named, there) : "other"
  }).pipe(
    Effect.catchIf(
      ({ missing }) => missing === true,
      () => Effect.succeed("missing" as const),
    ),
  )

/** The key of the file at a path, if there is one. */
export const keyAt = (path: string): Effect.Effect<string | undefined> =>
  Effect.promise(() => stat(path, { bigint: true }).then(keyOf, () => undefined))

const sourcePath = (path: string, named: boolean, stats: BigIntStats): SourcePath => ({
  path,
  named,
  key: keyOf(stats),
  size: Number(stats.size),
  stamp: `${stats.size}:${stats.mtimeNs}`,
  changed: Number(stats.mtimeMs),
})

/** What a file is, whatever it is called: its device and inode. */
export const keyOf = ({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string => `${dev}:${ino}`

/** What is in a directory and below it, relative to it: files, then links. */
const namesBelow = async (
  root: string,
  own: string,
  notRead: Array<SourceUnreadable>,
  onDirectory: (directory: string) => void,
): Promise<{ readonly names: ReadonlyArray<string>; readonly links: ReadonlySet<string> }> => {
  const names: Array<string> = []
  const links: Array<string> = []
  const directories = [""]
  for (const directory of directories) {
    const absolute = join(root, directory)
    onDirectory(directory)
    try {
      for (const entry of await readdir(absolute, { withFileTypes: true })) {
        if (entry.name.startsWith(".")) continue
        const name = join(directory, entry.name)
        if (entry.isFile()) names.push(name)
        else if (entry.isSymbolicLink()) links.push(name)
        else if (entry.isDirectory() && join(root, name) !== own) directories.push(name)
      }
    } catch (cause) {
      if (directory === "") throw cause
      if (!isMissing(cause)) notRead.push(unreadable(absolute, cause))
    }
  }
  return { names: names.sort(), links: new Set(links.sort()) }
}
