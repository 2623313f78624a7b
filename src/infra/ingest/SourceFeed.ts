import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type { SourceFile } from "./source.ts"

/** What has become of the files of a source since it last asked. */
export interface SourceNews {
  /** Files that have appeared, or changed: each as it is now. */
  readonly changed: ReadonlyArray<SourceFile>
  /** The keys of files that are no longer where they were. */
  readonly gone: ReadonlyArray<string>
}

/** Hands over to who reads a source what becomes of its files. */
export class SourceFeed {
  readonly #changed = new Map<string, SourceFile>()
  readonly #gone = new Set<string>()
  readonly #latch = Latch.makeUnsafe(false)

  change(file: SourceFile): void {
    this.#changed.set(file.key, file)
    this.wake()
  }

  leave(key: string): void {
    this.#gone.add(key)
    this.wake()
  }

  /** Has the reader look whether there is something to do. */
  wake(): void {
    this.#latch.openUnsafe()
  }

  take(): SourceNews {
    this.#latch.closeUnsafe()
    const news = { changed: [...this.#changed.values()], gone: [...this.#gone] }
    this.#changed.clear()
    this.#gone.clear()
    return news
  }

  /** Waits until there is something to do. */
  get news(): Effect.Effect<void> {
    return Effect.asVoid(this.#latch.await)
  }
}
