/**
 * Which file, by its key, each record of what was read belongs to in this run. No two files share
 * a record: a copy is another file, for as long as the one it was made of is there.
 */
export class Claims {
  readonly #files = new Map<number, string>()
  readonly #records = new Map<string, number>()

  /** How many files have a record. */
  get size(): number {
    return this.#records.size
  }

  claim(fileId: number, key: string): void {
    this.release(key)
    this.#files.set(fileId, key)
    this.#records.set(key, fileId)
  }

  release(key: string): void {
    const fileId = this.#records.get(key)
    this.#records.delete(key)
    if (fileId !== undefined) this.#files.delete(fileId)
  }

  releaseAll(): void {
    this.#files.clear()
    this.#records.clear()
  }

  /** The record of a file. */
  recordOf(key: string): number | undefined {
    return this.#records.get(key)
  }

  /** Whether a record belongs to some file, or to one other than this. */
  has(fileId: number, exceptFor?: string): boolean {
    const key = this.#files.get(fileId)
    return key !== undefined && key !== exceptFor
  }
}
