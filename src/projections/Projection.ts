import type { DecodedEvent } from "../domain/events.ts"

/**
 * What one read model does with the events of the log. `apply` runs inside the transaction that
 * also moves the checkpoint; it may remember what it has read, and `forget` is called whenever
 * that may no longer be true: the transaction was abandoned, or somebody else has written.
 */
export interface Projection {
  readonly name: string
  /** The event types it wants to see. */
  readonly types: ReadonlyArray<string>
  readonly apply: (events: Iterable<DecodedEvent>) => void
  readonly forget: () => void
}
