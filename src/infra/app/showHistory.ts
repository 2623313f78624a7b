import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { type ExplainedChange, findingChanges } from "../../projections/queries/findingChanges.ts"
import { resolveFindingId } from "../../projections/queries/resolveFindingId.ts"
import { historyText } from "../cli/render/historyText.ts"
import { jsonText } from "../cli/render/jsonText.ts"
import { EventLog, type EventLogUnavailable } from "../eventlog/EventLog.ts"
import { ReadModel } from "../readmodel/ReadModel.ts"
import { longEnough, unresolved } from "./findingId.ts"
import { warnIfBehind } from "./readModels.ts"
import { Storage } from "./Storage.ts"

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
export const showHistory = Effect.fn("showHistory")(function* (input: {
  readonly data: string
  readonly id: string
  readonly limit: number
  readonly offset: number
  readonly json: boolean
}) {
  const id = yield* longEnough(input.id)
  const storage = yield* Storage
  const history = yield* Effect.gen(function* () {
    yield* warnIfBehind
    const readModel = yield* ReadModel
    const found = yield* readModel.attempt("be asked", (database) => {
      const resolved = resolveFindingId(database, id)
      if (resolved._tag !== "Found") return resolved
      return { ...resolved, changes: findingChanges(database, resolved.findingNo, input) }
    })
    if (found._tag !== "Found") return yield* unresolved(id, found)
    const { total, changes } = found.changes
    return { findingId: found.id, total, changes: yield* withAnnouncements(found.id, changes) }
  }).pipe(Effect.provide(storage.open(input.data, "read-only")))
  yield* Console.log(
    input.json ? jsonText(history, 2) : historyText(history, { offset: input.offset }),
  )
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
