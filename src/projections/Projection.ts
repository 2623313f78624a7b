import type { Database } from "better-sqlite3"
import type { DecodedEvent, RecordedEvent } from "../domain/event/events.ts"
import type { ReuseKey } from "../domain/finding/reuseKey.ts"

/** What a projection is called, and which events it wants. */
export interface ProjectionSpec {
  /** What it is called in checkpoints and in `credtrail status`. */
  readonly name: string
  /** The event types it wants to see. */
  readonly types: ReadonlyArray<string>
  /**
   * The one reuse key that an event belongs to, decoded or as far as it can be read; `undefined`
   * where there is none, or it may concern all of them. A projection whose rows do not belong to
   * keys leaves this out.
   */
  readonly keyOf?: (event: DecodedEvent | RecordedEvent) => ReuseKey | undefined
}

/** What one read model makes of the events of the log; `Rows` is what it writes to. */
export interface Projection<Rows = Database> extends ProjectionSpec {
  /** Prepares to fold into these rows. */
  readonly open: (rows: Rows) => Fold
}

/**
 * A projection on its rows. `apply` runs inside the transaction that also moves the checkpoint. A
 * fold remembers what it has read and written: once that may no longer be true, because the
 * transaction was abandoned or somebody else has written, another one has to be opened.
 */
export interface Fold {
  /** `refuse` makes the event that was read last a poison event, of which nothing is kept. */
  readonly apply: (events: Iterable<DecodedEvent>, refuse: (reason: string) => void) => void
  /** Told the event that the checkpoint is moved to. */
  readonly moved?: (last: RecordedEvent) => void
}
