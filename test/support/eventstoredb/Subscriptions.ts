import type { ReadCall } from "./ReadCall.ts"
import type { Refusal } from "./Refusal.ts"

/** How subscriptions can be made to end, or to say nothing more. */
export type SubscriptionEnd = Refusal | "end" | "silence"

/** The subscriptions that are open, to be ended on order. */
export class Subscriptions {
  readonly #open = new Set<ReadCall>()

  add(call: ReadCall): () => void {
    this.#open.add(call)
    return () => this.#open.delete(call)
  }

  /** How many there are that say something. */
  get count(): number {
    return this.#speaking().length
  }

  /** Answers how many there were. */
  endAll(how: SubscriptionEnd): number {
    const speaking = this.#speaking()
    for (const call of speaking) {
      if (how === "end") call.end()
      else if (how === "silence") call.silent = true
      else call.refuse(how)
    }
    return speaking.length
  }

  #speaking(): ReadonlyArray<ReadCall> {
    return [...this.#open].filter(({ ended, silent }) => !ended && !silent)
  }
}
