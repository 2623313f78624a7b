import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type { DecodedEvent } from "../../../domain/event/events.ts"
import { type FindingId, findingId } from "../../../domain/event/ids.ts"
import type { Position } from "../../../domain/event/position.ts"
import { reuseKeyOf } from "../../../domain/finding/reuseKey.ts"
import { moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import {
  type DeadLetter,
  deadLettersOfKey,
  markRetried,
  setReason,
  skippedDeadLetters,
} from "../../../projections/deadLetters.ts"
import {
  endQuarantine,
  putInQuarantine,
  type Quarantine,
  quarantineOf,
} from "../../../projections/quarantine.ts"
import { foldOneKey, hasKeylessEventsAfter } from "../../../projections/reuse/foldOneKey.ts"
import { keylessTypes, reuseProjectionName } from "../../../projections/reuse/reuseProjection.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { ReadModel, type ReadModelUnavailable } from "../ReadModel.ts"
import { decodeDeadLetter } from "./decodeDeadLetter.ts"

/** What a retry has come to. */
export interface Retried {
  /** Events that were set aside and have been folded now. */
  readonly folded: number
  /** Reuse keys that are no longer in quarantine. */
  readonly released: number
}

/** The most events folded in one transaction. */
const stepSize = 10_000

/**
 * Folds what was set aside for a reuse key, in the order of the log and in between what happened to
 * all keys meanwhile, until an event cannot be folded or nothing is left. The key is then as if
 * nothing had ever been wrong with it. Each step is a transaction: wherever a retry is broken off,
 * the key is as it was at some position, and what comes after that is still set aside.
 */
export const releaseQuarantine: (
  id: FindingId,
) => Effect.Effect<Retried, EventLogUnavailable | ReadModelUnavailable, EventLog | ReadModel> =
  Effect.fn("releaseQuarantine")(function* (id: FindingId) {
    let folded = 0
    while (true) {
      const step = yield* nextStep(id)
      if (step === undefined) return { folded, released: 0 }
      const taken = yield* takeStep(step)
      folded += taken.folded
      if (taken.left !== "more") return { folded, released: taken.left === "nothing" ? 1 : 0 }
    }
  })

/** What can be folded next of a key in quarantine. */
interface Step {
  readonly quarantine: Quarantine
  /** Captures of the key and, in between, what concerns all keys, in the order of the log. */
  readonly events: ReadonlyArray<DecodedEvent>
  /** The dead letters of those captures. */
  readonly deadLetters: ReadonlyArray<DeadLetter>
  /** Up to where this is everything. */
  readonly upTo: Position
  readonly poison: Poison | undefined
}

/** A dead letter that cannot be folded, and why. */
interface Poison {
  readonly deadLetter: DeadLetter
  readonly reason: string
}

const nextStep = Effect.fnUntraced(function* (
  id: FindingId,
): Effect.fn.Return<
  Step | undefined,
  EventLogUnavailable | ReadModelUnavailable,
  EventLog | ReadModel
> {
  const readModel = yield* ReadModel
  const { quarantine, deadLetters, checkpoint, skipped } = yield* readModel.attempt(
    "read a quarantine",
    (db) =>
      db.transaction(() => ({
        quarantine: quarantineOf(db, reuseProjectionName, id),
        deadLetters: deadLettersOfKey(db, reuseProjectionName, id, stepSize),
        checkpoint: readCheckpoint(db, reuseProjectionName).position,
        skipped: skippedDeadLetters(db, reuseProjectionName),
      }))(),
  )
  if (quarantine === undefined) return undefined
  const { captures, poison } = yield* foldable(deadLetters, id)
  const last =
    deadLetters.length < stepSize ? checkpoint : (deadLetters.at(-1)?.position ?? checkpoint)
  const upTo = poison?.deadLetter.position ?? last
  const leftOut = new Set(skipped.map(({ position }) => position))
  const keyless = yield* keylessEvents(quarantine.since, upTo, leftOut)
  return {
    quarantine,
    events: [...captures, ...keyless].sort((a, b) =>
      a.recorded.position < b.recorded.position ? -1 : 1,
    ),
    deadLetters: deadLetters.slice(0, captures.length),
    upTo,
    poison,
  }
})

const takeStep = Effect.fnUntraced(function* ({
  quarantine,
  events,
  deadLetters,
  upTo,
  poison,
}: Step): Effect.fn.Return<
  { readonly folded: number; readonly left: "nothing" | "poison" | "more" },
  ReadModelUnavailable,
  ReadModel
> {
  const { findingId: id, since } = quarantine
  const readModel = yield* ReadModel
  return yield* readModel.commit("retry what is in quarantine", (db) => {
    // Somebody else is retrying too.
    if (quarantineOf(db, reuseProjectionName, id)?.since !== since) {
      return { folded: 0, left: "more" as const }
    }
    foldOneKey(db, id, since, events)
    for (const deadLetter of deadLetters) markRetried(db, deadLetter)
    if (poison !== undefined) setReason(db, poison.deadLetter, poison.reason)
    // What was folded meanwhile may concern the key too: its own captures, and what concerns all.
    const isBehind = deadLettersOfKey(db, reuseProjectionName, id, 1).length > 0
    const isDone = poison === undefined && !isBehind && !hasKeylessEventsAfter(db, upTo)
    if (isDone) endQuarantine(db, reuseProjectionName, id)
    else putInQuarantine(db, reuseProjectionName, { ...quarantine, since: upTo })
    // Not to move it, but to let whoever projects too know that the rows have changed.
    const at = readCheckpoint(db, reuseProjectionName)
    moveCheckpoint(db, reuseProjectionName, at, at.position, 0)
    const folded = deadLetters.length
    if (isDone) return { folded, left: "nothing" as const }
    return { folded, left: poison === undefined ? ("more" as const) : ("poison" as const) }
  })
})

/** The captures of dead letters, read again, up to the first that still cannot be folded. */
const foldable = Effect.fnUntraced(function* (
  deadLetters: ReadonlyArray<DeadLetter>,
  id: FindingId,
): Effect.fn.Return<
  { readonly captures: ReadonlyArray<DecodedEvent>; readonly poison: Poison | undefined },
  EventLogUnavailable,
  EventLog
> {
  const captures: Array<DecodedEvent> = []
  for (const deadLetter of deadLetters) {
    const decoded = yield* decodeDeadLetter(deadLetter)
    if (Result.isFailure(decoded)) {
      return { captures, poison: { deadLetter, reason: decoded.failure } }
    }
    const event = decoded.success
    if (event === undefined || !belongsTo(event, id)) {
      const reason = "it belongs to another reuse key now"
      return { captures, poison: { deadLetter, reason } }
    }
    captures.push(event)
  }
  return { captures, poison: undefined }
})

const belongsTo = (event: DecodedEvent, id: FindingId): boolean =>
  event.type === "credential.captured" && findingId(reuseKeyOf(event.data)) === id

/** What concerned all keys after a position and up to another, except what was itself left out. */
const keylessEvents = Effect.fnUntraced(function* (
  after: Position,
  upTo: Position,
  leftOut: ReadonlySet<Position>,
): Effect.fn.Return<ReadonlyArray<DecodedEvent>, EventLogUnavailable, EventLog> {
  const log = yield* EventLog
  const events: Array<DecodedEvent> = []
  let from = after
  while (true) {
    const page = yield* log.readAll({
      direction: "forwards",
      from,
      limit: stepSize,
      types: keylessTypes,
    })
    for (const recorded of page) {
      if (recorded.position > upTo) return events
      const decoded = decodeEvent(recorded)
      if (leftOut.has(recorded.position) || Result.isFailure(decoded)) continue
      if (decoded.success !== undefined) events.push(decoded.success)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < stepSize) return events
    from = last.position
  }
})
