import type { Neighbour } from "./VectorStore.ts"

/** Whether `a` comes before `b`: by distance, and by id where they are equally far. */
const isBefore = (a: Neighbour, b: Neighbour): boolean =>
  a.distance < b.distance || (a.distance === b.distance && a.id < b.id)

/** Collects the `k` nearest of any number of neighbours: a heap with the farthest at its root. */
export class Nearest {
  readonly #k: number
  readonly #heap: Array<Neighbour> = []

  constructor(k: number) {
    this.#k = k
  }

  /** The distance beyond which nothing more is taken. */
  get reach(): number {
    return this.#heap.length < this.#k
      ? Number.POSITIVE_INFINITY
      : (this.#heap[0]?.distance ?? Number.POSITIVE_INFINITY)
  }

  offer(id: string, distance: number): void {
    const heap = this.#heap
    const neighbour = { id, distance }
    if (heap.length < this.#k) {
      heap.push(neighbour)
      this.#rise(heap.length - 1)
    } else if (heap[0] !== undefined && isBefore(neighbour, heap[0])) {
      heap[0] = neighbour
      this.#sink()
    }
  }

  /** What was collected, the nearest first. */
  sorted(): ReadonlyArray<Neighbour> {
    return this.#heap.toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
  }

  #rise(from: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#swapIfBefore(parent, index)) return
      index = parent
    }
  }

  #sink(): void {
    let index = 0
    while (true) {
      const left = 2 * index + 1
      const [a, b] = [this.#heap[left], this.#heap[left + 1]]
      if (a === undefined) return
      const child = b !== undefined && isBefore(a, b) ? left + 1 : left
      if (!this.#swapIfBefore(index, child)) return
      index = child
    }
  }

  /** Lets the farther one of a parent and its child be the parent. */
  #swapIfBefore(parent: number, child: number): boolean {
    const [a, b] = [this.#heap[parent], this.#heap[child]]
    if (a === undefined || b === undefined || !isBefore(a, b)) return false
    this.#heap[parent] = b
    this.#heap[child] = a
    return true
  }
}
