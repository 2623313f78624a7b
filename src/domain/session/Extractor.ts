import type { Metric } from "./fingerprint.ts"
import type { SessionFacts } from "./SessionFacts.ts"

/** What an extractor makes of a session. */
export interface Extracted {
  readonly vector: Float32Array
  /** What the vector was made from, bounded: lists by name. */
  readonly madeFrom: Readonly<Record<string, ReadonlyArray<string | number>>>
}

/** One family of features. */
export interface Extractor {
  readonly kind: string
  /** Counted up whenever the same facts give another vector: vectors of two versions never meet. */
  readonly version: number
  readonly metric: Metric
  readonly dimension: number
  /** `undefined` is "not enough data": the facts do not say enough to be compared. */
  readonly extract: (facts: SessionFacts) => Extracted | undefined
}
