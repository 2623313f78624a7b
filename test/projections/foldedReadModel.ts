import Sqlite, { type Database } from "better-sqlite3"
import { onTestFinished } from "vitest"
import type { DecodedEvent } from "../../src/domain/event/events.ts"
import { makeReuseFold } from "../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../src/projections/schema.ts"

/** Read models in memory with nothing in them, closed when the test has finished. */
export const emptyReadModel = (): Database => {
  const db = new Sqlite(":memory:")
  onTestFinished(() => {
    db.close()
  })
  db.exec(readModelSchema)
  return db
}

/** Read models in memory into which the events were folded, as one batch or in several. */
export const foldedReadModel = (
  events: ReadonlyArray<DecodedEvent>,
  batchSize: number = Number.POSITIVE_INFINITY,
): Database => {
  const db = emptyReadModel()
  fold(db, events, batchSize)
  return db
}

/** Folds more events, as a projection does that has just been started on these read models. */
export const fold = (
  db: Database,
  events: ReadonlyArray<DecodedEvent>,
  batchSize: number = Number.POSITIVE_INFINITY,
): void => {
  const projection = makeReuseFold(db, "announcing")
  for (let start = 0; start < events.length; start += batchSize) {
    db.transaction(() => projection.apply(events.slice(start, start + batchSize)))()
  }
}

/** What the projection has put into the outbox, in order, its data parsed. */
export const announcements = (
  db: Database,
  type = "credential.reuse.detected",
): ReadonlyArray<{ readonly eventId: string; readonly data: Record<string, unknown> }> =>
  db
    .prepare<[string], { eventId: string; data: string }>(
      "SELECT event_id AS eventId, data FROM outbox WHERE type = ? ORDER BY outbox_no",
    )
    .all(type)
    .map(({ eventId, data }) => ({ eventId, data: JSON.parse(data) }))
