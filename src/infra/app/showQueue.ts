import type { Database } from "better-sqlite3"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import type { RatingClass } from "../../domain/secret/rating.ts"
import type { FindingFilter } from "../../projections/queries/listFindings.ts"
import { listQueue } from "../../projections/queries/listQueue.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { askReadModels } from "./askReadModels.ts"
import { type FilterInput, type Filters, parseFilters, resolveFilters } from "./filters.ts"
import { type Moment, type MomentInput, parseAsOf } from "./moment.ts"

interface QueueInput extends FilterInput, MomentInput, Page {
  readonly ratingClass: RatingClass | undefined
  readonly minRank: number | undefined
}

interface QueueQuery extends FindingFilter, Page, Pick<Filters, "asked"> {
  readonly moment: Moment | undefined
}

/** Validates which findings are wanted. */
export const parseQueueQuery = Effect.fnUntraced(function* (input: QueueInput) {
  const { ratingClass, minRank, limit, offset } = input
  const filters = yield* parseFilters(input)
  return { ...filters, ratingClass, minRank, limit, offset, moment: yield* parseAsOf(input) }
})

/** Lists the findings that need a look, now or as of a moment of the past. */
export const showQueue = Effect.fn("showQueue")(function* ({ moment, ...query }: QueueQuery) {
  const resolved = yield* resolveFilters(query)
  const millis = yield* Clock.currentTimeMillis
  const present = millis * 1000
  return yield* askReadModels(
    (database) => listQueue(database, { ...resolved, now: nowAt(database, moment, present) }),
    moment,
  )
})

// Whether a mute is over is asked of the moment: of a position, of when it was recorded.
const nowAt = (database: Database, moment: Moment | undefined, present: number): number => {
  if (moment === undefined) return present
  if ("time" in moment) return timestampMicros(moment.time)
  const recordedAt = database
    .prepare<[string], number>(
      "SELECT recorded_at FROM folded WHERE position <= ? ORDER BY ordinal DESC LIMIT 1",
    )
    .pluck()
    .get(moment.position)
  return (recordedAt ?? 0) * 1000
}
