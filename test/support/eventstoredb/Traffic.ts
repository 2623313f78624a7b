/** The kinds of calls that the server tells apart. */
export type CallKind =
  | "append"
  | "batch"
  | "delete"
  | "features"
  | "gossip"
  | "persistent"
  | "read"
  | "subscription"

/** What went over the wire, for tests to look at. */
export class Traffic {
  readonly #calls = new Map<CallKind, number>()
  readonly #open = new Map<CallKind, number>()
  /** Events put onto the wire by reads and subscriptions. */
  eventsSent = 0
  /** Writes asked for, on both paths, whatever became of them. */
  appends = 0

  /** Calls turned away, and gossip that named nobody, since the node does not lead or none does. */
  leaderless = 0

  /** How many calls of a kind there were. */
  calls(kind: CallKind): number {
    return this.#calls.get(kind) ?? 0
  }

  /** How many calls of a kind the server has not seen the end of. */
  open(kind: CallKind): number {
    return this.#open.get(kind) ?? 0
  }

  /** Counts a call; the answer must be called once when it is over. */
  begin(kind: CallKind): () => void {
    this.#calls.set(kind, this.calls(kind) + 1)
    this.#open.set(kind, this.open(kind) + 1)
    let over = false
    return () => {
      if (!over) this.#open.set(kind, this.open(kind) - 1)
      over = true
    }
  }
}
