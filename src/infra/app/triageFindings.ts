import { hostname, userInfo } from "node:os"
import * as Effect from "effect/Effect"
import { boundedText } from "../../domain/event/bounded.ts"
import { type NewEvent, type RecordedEvent, schemaVersion } from "../../domain/event/events.ts"
import { type FindingId, factEventId } from "../../domain/event/ids.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { maxTriageText } from "../../domain/finding/triage.ts"
import { resolveFindingId } from "../../projections/queries/resolveFindingId.ts"
import { makeTriageOf, type Triage } from "../../projections/queries/triage.ts"
import type { EventLog, EventLogUnavailable } from "../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../readmodel/ReadModel.ts"
import { type Answer, type NotFound, UsageError } from "./Answer.ts"
import { appendFact, catchUpWithFact, type NotCaughtUp } from "./appendFact.ts"
import { parseFindingId, unresolvedFinding } from "./findingId.ts"
import { now, parseDeadline } from "./moment.ts"

/** A decision about findings, without who made it. */
export type TriageDecision =
  | { readonly type: "finding.acknowledged" | "finding.unmuted" }
  | { readonly type: "finding.muted"; readonly reason: string; readonly until?: Timestamp }
  | { readonly type: "finding.noted"; readonly note: string }
  | { readonly type: "finding.labelled" | "finding.unlabelled"; readonly label: string }

/** A decision as typed; `until` is a time, or how long from now such as `30d`. */
export type TriageInput =
  | Exclude<TriageDecision, { readonly type: "finding.muted" }>
  | {
      readonly type: "finding.muted"
      readonly reason: string
      readonly until: string | undefined
    }

interface TriageQuery {
  readonly ids: ReadonlyArray<string>
  readonly decision: TriageDecision
}

/** Validates a decision and the ids of the findings it is about. */
export const parseTriage = Effect.fnUntraced(function* (
  ids: ReadonlyArray<string>,
  input: TriageInput,
): Effect.fn.Return<TriageQuery, UsageError> {
  yield* Effect.forEach(ids, parseFindingId)
  switch (input.type) {
    case "finding.acknowledged":
    case "finding.unmuted":
      return { ids, decision: input }
    case "finding.noted":
      return { ids, decision: { ...input, note: yield* parseText("note", input.note) } }
    case "finding.labelled":
    case "finding.unlabelled":
      return { ids, decision: { ...input, label: yield* parseText("label", input.label) } }
    case "finding.muted": {
      const { type } = input
      const reason = yield* parseText("reason", input.reason)
      if (input.until === undefined) return { ids, decision: { type, reason } }
      const until = yield* parseDeadline("--until", input.until)
      return { ids, decision: { type, reason, until } }
    }
  }
})

const parseText = (what: string, text: string): Effect.Effect<string, UsageError> => {
  const given = text.trim()
  if (given !== "" && given.length <= maxTriageText) return Effect.succeed(given)
  return Effect.fail(
    new UsageError({ message: `the ${what} must have 1 to ${maxTriageText} characters` }),
  )
}

/** One finding, and what is decided about it by now. */
export interface Triaged {
  readonly findingId: string
  /** Whether the decision was news: a label may be there already. */
  readonly appended: boolean
  readonly triage: Triage
}

/** Puts a decision about findings on record, and lets the read models catch up. */
export const triageFindings = Effect.fn("triageFindings")(function* ({
  ids,
  decision,
}: TriageQuery): Effect.fn.Return<
  Answer<ReadonlyArray<Triaged>>,
  NotFound | UsageError | EventLogUnavailable | ReadModelUnavailable | NotCaughtUp,
  EventLog | ReadModel
> {
  yield* catchUpWithFact // so that a finding that has just opened is found
  // All are looked up first: a wrong id leaves nothing decided.
  const findingIds = yield* Effect.forEach(ids, findingOf)
  const decidedAt = yield* now
  const by = boundedText(`${userInfo().username}@${hostname()}`, 256)
  const appended = yield* Effect.forEach(findingIds, (findingId) =>
    appendFact(`triage-${findingId}`, (events) =>
      Effect.succeed(eventOf({ findingId, decidedAt, by }, decision, events)),
    ),
  )
  yield* catchUpWithFact
  const readModel = yield* ReadModel
  const answer = yield* readModel.attempt("read decisions about findings", (database) => {
    const triageOf = makeTriageOf(database)
    return findingIds.map((findingId, n) => ({
      findingId,
      appended: appended[n] === true,
      triage: triageOf(findingId),
    }))
  })
  return { answer, warnings: [] }
})

const findingOf = Effect.fnUntraced(function* (id: string) {
  const readModel = yield* ReadModel
  const found = yield* readModel.attempt("look up a finding", (database) => {
    const resolved = resolveFindingId(database, id)
    return resolved._tag === "Found" ? { ...resolved, id: resolved.id as FindingId } : resolved // stored by the fold
  })
  if (found._tag !== "Found") return yield* unresolvedFinding(id, found, [])
  return found.id
})

interface Decided {
  readonly findingId: FindingId
  readonly decidedAt: Timestamp
  readonly by: string
}

/** The event of a decision; `undefined` if it changes nothing. */
const eventOf = (
  decided: Decided,
  decision: TriageDecision,
  events: ReadonlyArray<RecordedEvent>,
): NewEvent | undefined => {
  if (changesNothing(decision, events)) return undefined
  const id = factEventId(decision.type, decided.findingId, String(events.length))
  const metadata = { schemaVersion }
  switch (decision.type) {
    case "finding.acknowledged":
    case "finding.unmuted":
      return { type: decision.type, id, data: decided, metadata }
    case "finding.muted": {
      const { type, ...said } = decision
      return { type, id, data: { ...decided, ...said }, metadata }
    }
    case "finding.noted": {
      const { type, note } = decision
      return { type, id, data: { ...decided, note }, metadata }
    }
    case "finding.labelled":
    case "finding.unlabelled": {
      const { type, label } = decision
      return { type, id, data: { ...decided, label }, metadata }
    }
  }
}

const changesNothing = (
  decision: TriageDecision,
  events: ReadonlyArray<RecordedEvent>,
): boolean => {
  switch (decision.type) {
    case "finding.acknowledged":
    case "finding.muted":
    case "finding.noted":
      return false
    case "finding.unmuted":
      return (
        events.findLast(({ type }) => /^finding\.(un)?muted$/.test(type))?.type !== "finding.muted"
      )
    case "finding.labelled":
    case "finding.unlabelled": {
      const { label } = decision
      const last = events.findLast(
        ({ type, data }) =>
          /^finding\.(un)?labelled$/.test(type) &&
          (data as { readonly label?: unknown } | null)?.label === label, // of any event of the stream
      )
      return (last?.type ?? "finding.unlabelled") === decision.type
    }
  }
}
