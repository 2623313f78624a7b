interface Waiting<A> {
  readonly time: number
  readonly turn: number
  readonly item: A
}

/**
 * Things waiting for their time: put in in any order, taken out by time, and in the order in which
 * they came where the times are equal. A binary heap, so it costs what is waiting and no more.
 */
export class TimeOrdered<A> {
  private readonly heap: Array<Waiting<A>> = []
  private turns = 0

  push(time: number, item: A): void {
    const added = { time, turn: this.turns++, item }
    let at = this.heap.length
    this.heap.push(added)
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = this.heap[above]
      if (parent === undefined || isBefore(parent, added)) break
      this.heap[at] = parent
      at = above
    }
    this.heap[at] = added
  }

  /** Takes out the first of those before `time`; `undefined` when there is none. */
  popBefore(time: number): A | undefined {
    const first = this.heap[0]
    if (first === undefined || first.time >= time) return undefined
    const last = this.heap.pop()
    if (last !== undefined && last !== first) this.sink(last)
    return first.item
  }

  private sink(moved: Waiting<A>): void {
    let at = 0
    for (;;) {
      const left = this.heap[2 * at + 1]
      if (left === undefined) break
      const right = this.heap[2 * at + 2]
      const useRight = right !== undefined && isBefore(right, left)
      const child = useRight ? right : left
      if (isBefore(moved, child)) break
      this.heap[at] = child
      at = 2 * at + (useRight ? 2 : 1)
    }
    this.heap[at] = moved
  }
}

const isBefore = (one: Waiting<unknown>, other: Waiting<unknown>): boolean =>
  one.time < other.time || (one.time === other.time && one.turn < other.turn)
