import { type FileHandle, open } from "node:fs/promises"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { reading, SourceUnreadable } from "./SourceUnreadable.ts"
import { keyOf } from "./sourcePaths.ts"

/** What may be kept open, by whoever reads it. */
export interface Openable {
  path: string
  /** Its device and inode: what is found at the path must be this file. */
  readonly key: string
  handle: FileHandle | undefined
}

/**
 * Keeps the files open that were read last, which can be read on when they are renamed or deleted;
 * but only a few, however many are followed, since what a process may have open is limited.
 */
export class OpenFiles {
  readonly #limit: number
  // The one that was used longest ago is the first.
  readonly #open = new Set<Openable>()
  readonly #inUse = new Set<Openable>()
  readonly #short: Semaphore.Semaphore
  readonly #long: Semaphore.Semaphore

  /** At most `limit` files stay open, and half as many are used at a time. */
  constructor(limit: number) {
    this.#limit = limit
    this.#short = Semaphore.makeUnsafe(limit / 2)
    this.#long = Semaphore.makeUnsafe(limit / 4)
  }

  /** Does something for which files are opened for a moment, when it is its turn. */
  inTurn<A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#short.withPermit(work)
  }

  /** Reads a file from end to end, when it is its turn. Those that take turns do not wait for it. */
  inLongTurn<A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return this.#long.withPermit(work)
  }

  /** Does something for a moment with an open file, when it is its turn. */
  use<A>(
    file: Openable,
    work: (handle: FileHandle) => Promise<A>,
  ): Effect.Effect<A, SourceUnreadable> {
    return this.inTurn(
      Effect.acquireUseRelease(
        this.#acquire(file),
        (handle) => reading(file.path, () => work(handle)),
        () => Effect.sync(() => this.#inUse.delete(file)),
      ),
    )
  }

  close(file: Openable): Effect.Effect<void> {
    return Effect.promise(async () => {
      const { handle } = file
      file.handle = undefined
      this.#open.delete(file)
      await handle?.close()
    })
  }

  #acquire(file: Openable): Effect.Effect<FileHandle, SourceUnreadable> {
    return reading(file.path, async () => {
      file.handle ??= await openSame(file)
      this.#open.delete(file)
      this.#open.add(file)
      this.#inUse.add(file)
      return file.handle
    }).pipe(Effect.tap(() => this.#closeOldest))
  }

  get #closeOldest(): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (this.#open.size <= this.#limit) return Effect.void
      const oldest = this.#open.values().find((file) => !this.#inUse.has(file))
      return oldest === undefined ? Effect.void : this.close(oldest)
    })
  }
}

const openSame = async ({ path, key }: Openable): Promise<FileHandle> => {
  const handle = await open(path, "r")
  if (keyOf(await handle.stat({ bigint: true })) === key) return handle
  await handle.close()
  throw new SourceUnreadable({ path, reason: "another file is in its place", missing: true })
}

/** The open files of this process: few enough where it may have 128 in all. */
export const openFiles = Context.Reference<OpenFiles>("credtrail/openFiles", {
  defaultValue: () => new OpenFiles(32),
})
