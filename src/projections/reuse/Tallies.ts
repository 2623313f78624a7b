/** First, last and how many: what is kept of every pair and of every credential, in microseconds. */
export interface Tally {
  readonly no: number
  firstSeen: number
  lastSeen: number
  attemptCount: number
}

/** Counts one more. A tally belongs to one batch, so it is changed in place. */
export const count = (tally: Tally, at: number): void => {
  if (at < tally.firstSeen) tally.firstSeen = at
  if (at > tally.lastSeen) tally.lastSeen = at
  tally.attemptCount++
}

const searchable = 12

/**
 * Tallies by number, in the order in which they came. Most reuse keys have one or two in a batch,
 * which are searched; an index is made for those that have many.
 */
export class Tallies<T extends Tally> {
  readonly items: Array<T> = []
  #index: Map<number, T> | undefined

  find(no: number): T | undefined {
    if (this.#index !== undefined) return this.#index.get(no)
    for (const item of this.items) if (item.no === no) return item
    return undefined
  }

  add(item: T): void {
    this.items.push(item)
    if (this.#index !== undefined) this.#index.set(item.no, item)
    else if (this.items.length > searchable) {
      this.#index = new Map(this.items.map((each) => [each.no, each]))
    }
  }
}
