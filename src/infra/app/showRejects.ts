import * as Effect from "effect/Effect"
import type { Page } from "../../projections/queries/Page.ts"
import { IngestStore, type StoredReject } from "../ingest/IngestStore.ts"

/** A page of the lines that were not understood, and how many there are in all. */
export interface Rejects {
  readonly total: number
  readonly rejects: ReadonlyArray<StoredReject>
}

/** Lists the lines that were not understood. Their bytes may hold secrets. */
export const showRejects = Effect.fn("showRejects")(function* ({ limit, offset }: Page) {
  const store = yield* IngestStore
  const counts = yield* store.rejectCounts
  const answer: Rejects = {
    total: counts.reduce((sum, { count }) => sum + count, 0),
    rejects: yield* store.rejects(limit, offset),
  }
  return { answer, warnings: [] }
})
