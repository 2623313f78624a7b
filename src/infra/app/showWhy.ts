import * as Effect from "effect/Effect"
import type { ReuseClosed } from "../../domain/event/events.ts"
import {
  type DecidingCapture,
  decidingCaptures,
} from "../../projections/queries/decidingCaptures.ts"
import type { FindingChange } from "../../projections/queries/findingHistory.ts"
import { resolveFindingId } from "../../projections/queries/resolveFindingId.ts"
import { eventRef } from "../../projections/reuse/KeyDelta.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { eventAt } from "../eventlog/eventAt.ts"
import { NotFound } from "./Answer.ts"
import { askReadModels } from "./askReadModels.ts"
import { unresolvedFinding } from "./findingId.ts"

/** A capture that decides, with the event it is and the line it was read from, where that is said. */
export interface Reason extends Omit<DecidingCapture, "after"> {
  readonly eventId: string | null
  readonly source: { readonly file: string; readonly line: number } | null
}

/** The answer of `credtrail why --json`. */
export interface Why {
  readonly findingId: string
  readonly minTargets: number
  /** Why it was closed since then; `null` if it is open. */
  readonly closed: ReuseClosed["reason"] | null
  readonly openedBy: Pick<FindingChange, "position" | "eventId" | "eventType" | "eventTime">
  readonly captures: ReadonlyArray<Reason>
}

/** Shows the fewest captures that make a finding one. */
export const showWhy = Effect.fn("showWhy")(function* ({ id }: { readonly id: string }) {
  const { answer: found, warnings } = yield* askReadModels((database) => {
    const resolved = resolveFindingId(database, id)
    if (resolved._tag !== "Found") return resolved
    return { ...resolved, deciding: decidingCaptures(database, resolved.findingNo) }
  })
  if (found._tag !== "Found") return yield* unresolvedFinding(id, found, warnings)
  const { deciding } = found
  if (deciding === undefined) {
    return yield* new NotFound({
      message: `${found.id} is a candidate, not a finding; credtrail findings show ${found.id.slice(0, 8)} lists its targets`,
      warnings,
    })
  }
  const { minTargets, opening, closed } = deciding
  const { position, eventId, eventType, eventTime } = opening
  const answer: Why = {
    findingId: found.id,
    minTargets,
    closed,
    openedBy: { position, eventId, eventType, eventTime },
    captures: yield* Effect.forEach(deciding.captures, reasonOf),
  }
  return { answer, warnings }
})

const reasonOf = Effect.fnUntraced(function* ({
  after,
  ...capture
}: DecidingCapture): Effect.fn.Return<Reason, EventLogUnavailable, EventLog> {
  const event = yield* eventAt(capture.position, after, ["credential.captured"])
  if (event === undefined) return { ...capture, eventId: null, source: null }
  const { id, source } = eventRef(event)
  return {
    ...capture,
    eventId: id,
    source: source === undefined ? null : { file: source.file, line: source.line },
  }
})
