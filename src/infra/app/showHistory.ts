import * as Effect from "effect/Effect"
import { type ExplainedChange, findingChanges } from "../../projections/queries/findingHistory.ts"
import type { Page } from "../../projections/queries/Page.ts"
import { resolveFindingId } from "../../projections/queries/resolveFindingId.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { askReadModels } from "./askReadModels.ts"
import { unresolvedFinding } from "./findingId.ts"

/** The announcement of a change: the event in the log, and when it was recorded. */
export interface Announced {
  readonly eventId: string
  readonly position: string
  readonly recordedAt: string
}

/** A change with its announcement, `null` where that is not (yet) in the log. */
export type HistoryEntry = ExplainedChange & { readonly announced: Announced | null }

/** The answer of `credtrail findings history --json`. */
export interface History {
  readonly findingId: string
  readonly total: number
  readonly changes: ReadonlyArray<HistoryEntry>
}

/** Shows the changes of a finding, each with everything that explains it. */
export const showHistory = Effect.fn("showHistory")(function* ({
  id,
  ...page
}: Page & { readonly id: string }) {
  const { answer: found, warnings } = yield* askReadModels((database) => {
    const resolved = resolveFindingId(database, id)
    if (resolved._tag !== "Found") return resolved
    return { ...resolved, changes: findingChanges(database, resolved.findingNo, page) }
  })
  if (found._tag !== "Found") return yield* unresolvedFinding(id, found, warnings)
  const { total, changes } = found.changes
  const answer: History = {
    findingId: found.id,
    total,
    changes: yield* withAnnouncements(found.id, changes),
  }
  return { answer, warnings }
})

// The n-th announcement of a finding is the n-th event of its stream.
const withAnnouncements = Effect.fnUntraced(function* (
  findingId: string,
  changes: ReadonlyArray<ExplainedChange>,
): Effect.fn.Return<ReadonlyArray<HistoryEntry>, EventLogUnavailable, EventLog> {
  const [first] = changes
  if (first === undefined) return []
  const log = yield* EventLog
  const events = yield* log.readStream(`reuse-${findingId}`, {
    direction: "forwards",
    from: first.version - 1,
    limit: changes.length,
  })
  const byRevision = new Map(events.map((event) => [event.revision, event]))
  return changes.map((change) => {
    const event = byRevision.get(change.version - 1)
    const announced =
      event === undefined
        ? null
        : {
            eventId: event.id,
            position: event.position,
            recordedAt: new Date(event.recordedAt).toISOString(),
          }
    return { ...change, announced }
  })
})
