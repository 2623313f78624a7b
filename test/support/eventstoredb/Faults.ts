import type { Refusal } from "./Refusal.ts"

/**
 * What becomes of an append: `before` and `after` say whether it was written. A lost connection, no
 * answer ever, an answer after `millis`, a stream of appends that ends as if all were well, a
 * refusal, an answer that says nothing of what went wrong, an answer to a question nobody asked.
 */
export type AppendFault =
  | { readonly kind: "drop" | "silence" | "end"; readonly when: "before" | "after" }
  | { readonly kind: "late"; readonly millis: number }
  | { readonly kind: "refuse"; readonly with: Refusal; readonly when?: "before" | "after" }
  | { readonly kind: "unknown-error" }
  | { readonly kind: "no-details" }
  | { readonly kind: "strange-answer" }

/** What becomes of a read, a new subscription, a question for the features, or of gossip. */
export type CallFault =
  | { readonly kind: "drop" | "silence" | "end" }
  | { readonly kind: "late"; readonly millis: number }
  | { readonly kind: "refuse"; readonly with: Refusal }

export interface FaultsByCall {
  readonly append: AppendFault
  readonly read: CallFault
  readonly subscribe: CallFault
  readonly features: CallFault
  readonly gossip: CallFault
}

/** What was ordered, and how often it has come to a call. */
export interface Order {
  readonly hits: number
}

interface Waiting<Fault> {
  readonly fault: Fault
  readonly order: { hits: number }
}

/** The faults that wait for a call to befall; each befalls one call, first come first served. */
export class Faults {
  readonly #waiting: { readonly [Call in keyof FaultsByCall]: Array<Waiting<FaultsByCall[Call]>> } =
    { append: [], read: [], subscribe: [], features: [], gossip: [] }
  /**
   * While true, the checkpoints of filters name the commit position of the next event that is
   * to be delivered, with the prepare position of where the filter is: some servers did so.
   */
  earlyCheckpoints = false
  /** How many of those were sent. */
  earlyCheckpointsSent = 0

  order<Call extends keyof FaultsByCall>(call: Call, fault: FaultsByCall[Call], times = 1): Order {
    const order = { hits: 0 }
    for (let n = 0; n < times; n++) this.#waiting[call].push({ fault, order })
    return order
  }

  next<Call extends keyof FaultsByCall>(call: Call): FaultsByCall[Call] | undefined {
    const waiting = this.#waiting[call].shift()
    if (waiting !== undefined) waiting.order.hits++
    return waiting?.fault
  }

  /** How many still wait. */
  left(call: keyof FaultsByCall): number {
    return this.#waiting[call].length
  }

  clear(): void {
    for (const waiting of Object.values(this.#waiting)) waiting.length = 0
    this.earlyCheckpoints = false
  }
}
