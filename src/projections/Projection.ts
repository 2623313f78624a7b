import type { DecodedEvent, RecordedEvent } from "../domain/event/events.ts"
import type { ReuseKey } from "../domain/finding/reuseKey.ts"

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
  /**
   * The one reuse key that an event belongs to, decoded or as far as it can be read; `undefined`
   * where there is none, or it may concern all of them. A projection whose rows do not belong to
   * keys leaves this out.
   */
  readonly keyOf?: (event: DecodedEvent | RecordedEvent) => ReuseKey | undefined
  readonly forget: () => void
}
