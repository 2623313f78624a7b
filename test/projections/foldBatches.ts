import type { Database } from "better-sqlite3"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { makeReuseFold, type OutboxMode } from "../../src/projections/reuse/reuseProjection.ts"
import { emptyReadModel } from "./foldedReadModel.ts"

/**
 * New read models into which batches were folded, each in a transaction of its own: by one
 * projection that remembers the batches before, or by one that is restarted before each.
 */
export const foldBatches = (
  batches: ReadonlyArray<ReadonlyArray<DecodedEvent>>,
  options: {
    readonly restarted?: boolean
    readonly voice?: OutboxMode
    readonly perBlock?: number
  } = {},
): Database => {
  const db = emptyReadModel()
  const { restarted = false, voice = "announcing", perBlock } = options
  let projection = makeReuseFold(db, voice, perBlock)
  for (const batch of batches) {
    if (restarted) projection = makeReuseFold(db, voice, perBlock)
    db.transaction(() => projection.apply(batch))()
  }
  return db
}
