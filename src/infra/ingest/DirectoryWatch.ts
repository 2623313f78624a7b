import { type FSWatcher, watch } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"

/**
 * The system's word of what changes in some directories: one watch for each, whatever the number
 * of files in it. Where the system cannot watch (a file system without events, too many watches),
 * or loses events, it says less than has happened; whoever asks has to look for himself now and
 * then.
 */
export class DirectoryWatch {
  readonly #watchers = new Map<string, FSWatcher>()
  readonly #changed = new Set<string>()
  readonly #latch = Latch.makeUnsafe(false)

  static readonly make: Effect.Effect<DirectoryWatch, never, Scope.Scope> = Effect.acquireRelease(
    Effect.sync(() => new DirectoryWatch()),
    (made) => Effect.sync(() => made.keepOnly(new Set())),
  )

  /** Begins to watch a directory, if that is possible and it is not watched already. */
  add(directory: string): void {
    if (this.#watchers.has(directory)) return
    try {
      const watcher = watch(directory, { persistent: false }, (_, name) =>
        // Without a name anything may have changed.
        this.#tell(name === null ? directory : join(directory, name)),
      )
      watcher.on("error", () => this.#remove(directory))
      this.#watchers.set(directory, watcher)
    } catch {
      this.#tell(directory) // it is gone, or nothing can be watched: `isWatched` says so
    }
  }

  isWatched(directory: string): boolean {
    return this.#watchers.has(directory)
  }

  /** Stops watching all but these directories. */
  keepOnly(directories: ReadonlySet<string>): void {
    for (const directory of this.#watchers.keys()) {
      if (!directories.has(directory)) this.#remove(directory)
    }
  }

  /** What has changed since this was last asked: paths of files, and of directories as a whole. */
  take(): ReadonlyArray<string> {
    this.#latch.closeUnsafe()
    const changed = [...this.#changed]
    this.#changed.clear()
    return changed
  }

  /** Waits until something has changed. */
  get news(): Effect.Effect<void> {
    return Effect.asVoid(this.#latch.await)
  }

  #tell(path: string): void {
    this.#changed.add(path)
    this.#latch.openUnsafe()
  }

  #remove(directory: string): void {
    this.#watchers.get(directory)?.close()
    this.#watchers.delete(directory)
  }
}
