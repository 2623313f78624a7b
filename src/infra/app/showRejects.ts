import * as Effect from "effect/Effect"
import type { Page } from "../../projections/queries/Page.ts"
import { IngestStore, type StoredReject } from "../ingest/IngestStore.ts"
import type { Answer } from "./Answer.ts"
import { type RevealRequest, SecretAccess } from "./SecretAccess.ts"

/** A line that was not understood, with its content only where it was revealed. */
export interface ShownReject extends Omit<StoredReject, "bytes"> {
  readonly content?: Uint8Array
}

/** A page of the lines that were not understood, and how many there are in all. */
export interface Rejects {
  readonly total: number
  readonly rejects: ReadonlyArray<ShownReject>
}

/** Lists the lines that were not understood; given a request, it reveals them. */
export const showRejects = Effect.fn("showRejects")(function* (
  { limit, offset }: Page,
  request: RevealRequest | undefined,
) {
  const store = yield* IngestStore
  const counts = yield* store.rejectCounts
  const rejects = yield* store.rejects(limit, offset)
  const { revealLines } = yield* SecretAccess
  const contents =
    request === undefined
      ? []
      : yield* revealLines(
          rejects.map(({ bytes }) => bytes),
          request,
        )
  const answer: Rejects = {
    total: counts.reduce((sum, { count }) => sum + count, 0),
    rejects: rejects.map(({ bytes: _, ...reject }, index) => {
      const content = contents[index]
      return content === undefined ? reject : { ...reject, content }
    }),
  }
  return { answer, warnings: [] } satisfies Answer<Rejects>
})
