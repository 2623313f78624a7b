import type { Database } from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { decodeEvent } from "../../../domain/event/codec.ts"
import type { DecodedEvent } from "../../../domain/event/events.ts"
import { type FindingId, findingId } from "../../../domain/event/ids.ts"
import type { Position } from "../../../domain/event/position.ts"
import { reuseKeyOf } from "../../../domain/finding/reuseKey.ts"
import { moveCheckpoint, readCheckpoint } from "../../../projections/checkpoint.ts"
import {
  asDeadLetter,
  type DeadLetter,
  type DeadLetterRow,
  deadLetterColumns,
  putInQuarantine,
  type Quarantine,
  quarantinesOf,
} from "../../../projections/deadLetters.ts"
import {
  keylessTypes,
  makeReuseProjection,
  reuseProjectionName,
} from "../../../projections/reuse/reuseProjection.ts"
import { rewind } from "../../../projections/reuse/rewind.ts"
import { EventLog, type EventLogUnavailable } from "../../eventlog/EventLog.ts"
import { type GenerationMoved, ReadModel, type ReadModelUnavailable } from "../ReadModel.ts"

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
 * Folds what was set aside for a reuse key, in the order of the log and in between what happened
 * to all keys meanwhile, until an event cannot be folded or nothing is left; then the key is as if
 * nothing had ever been wrong with it. Done in steps, each a transaction: wherever it is broken
 * off, the key is as it was at some position, and what comes after that is still set aside.
 */
export const releaseQuarantine: (
  id: FindingId,
) => Effect.Effect<
  Retried,
  EventLogUnavailable | GenerationMoved | ReadModelUnavailable,
  EventLog | ReadModel
> = Effect.fn("releaseQuarantine")(function* (id: FindingId) {
  let folded = 0
  while (true) {
    const step = yield* nextStep(id)
    if (step === undefined) return { folded, released: 0 }
    const outcome = yield* takeStep(step)
    folded += outcome.folded
    if (outcome.left === "nothing") return { folded, released: 1 }
    if (outcome.left === "poison") return { folded, released: 0 }
  }
})

/** What can be folded next of a key in quarantine. */
interface Step {
  readonly quarantine: Quarantine
  /** Captures of the key and, in between, what concerns all keys, in the order of the log. */
  readonly events: ReadonlyArray<DecodedEvent>
  /** The letters among them. */
  readonly letters: ReadonlyArray<DeadLetter>
  /** Up to where this is everything. */
  readonly upTo: Position
  readonly poison: Poison | undefined
}

/** A letter that cannot be folded, and why. */
interface Poison {
  readonly letter: DeadLetter
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
  const found = yield* readModel.attempt("read a quarantine", (db) =>
    db.transaction(() => ({
      quarantine: quarantineOf(db, id),
      letters: waitingLetters(db, id),
      checkpoint: readCheckpoint(db, reuseProjectionName).position,
      skipped: skippedPositions(db),
    }))(),
  )
  const { quarantine, letters, checkpoint, skipped } = found
  if (quarantine === undefined) return undefined
  const { captures, poison } = yield* foldable(letters, id)
  const last = letters.length < stepSize ? checkpoint : (letters.at(-1)?.position ?? checkpoint)
  const upTo = poison?.letter.position ?? last
  const keyless = yield* keylessEvents(quarantine.since, upTo, skipped)
  return {
    quarantine,
    events: [...captures, ...keyless].sort((a, b) =>
      a.recorded.position < b.recorded.position ? -1 : 1,
    ),
    letters: letters.slice(0, captures.length),
    upTo,
    poison,
  }
})

const takeStep = Effect.fnUntraced(function* (
  step: Step,
): Effect.fn.Return<
  { readonly folded: number; readonly left: "nothing" | "poison" | "more" },
  GenerationMoved | ReadModelUnavailable,
  ReadModel
> {
  const readModel = yield* ReadModel
  return yield* readModel.commit("retry what is in quarantine", (db) => {
    const { quarantine, events, letters, upTo, poison } = step
    const { findingId: id, since } = quarantine
    // Somebody else is retrying too.
    if (quarantineOf(db, id)?.since !== since) return { folded: 0, left: "more" as const }
    const restore = rewind(db, since)
    // Everything else has seen these events already.
    makeReuseProjection(db, "announcing", undefined, (other) => other !== id).apply(events)
    restore()
    markRetried(db, letters)
    if (poison !== undefined) tellReason(db, poison)
    const left = poison === undefined ? leftAfter(db, id, upTo) : ("poison" as const)
    if (left === "nothing") endQuarantine(db, id)
    else putInQuarantine(db, reuseProjectionName, { ...quarantine, since: upTo })
    // Not to move it, but to let whoever projects too know that the rows have changed.
    const at = readCheckpoint(db, reuseProjectionName)
    moveCheckpoint(db, reuseProjectionName, at, at.position, 0)
    return { folded: letters.length, left }
  })
})

/** The letters' events, read again, up to the first that still cannot be folded. */
const foldable = Effect.fnUntraced(function* (
  letters: ReadonlyArray<DeadLetter>,
  id: FindingId,
): Effect.fn.Return<
  { readonly captures: ReadonlyArray<DecodedEvent>; readonly poison: Poison | undefined },
  EventLogUnavailable,
  EventLog
> {
  const log = yield* EventLog
  const captures: Array<DecodedEvent> = []
  for (const letter of letters) {
    const { stream, revision } = letter
    const [recorded] = yield* log.readStream(stream, {
      direction: "forwards",
      from: revision,
      limit: 1,
    })
    if (recorded === undefined || recorded.id !== letter.eventId) {
      return { captures, poison: { letter, reason: "the log does not hold it any more" } }
    }
    const decoded = decodeEvent(recorded)
    if (Result.isFailure(decoded)) {
      return { captures, poison: { letter, reason: decoded.failure.reason } }
    }
    const event = decoded.success
    if (event === undefined || !belongsTo(event, id)) {
      return { captures, poison: { letter, reason: "it belongs to another reuse key now" } }
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
  skipped: ReadonlySet<string>,
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
      if (skipped.has(recorded.position) || Result.isFailure(decoded)) continue
      if (decoded.success !== undefined) events.push(decoded.success)
    }
    const last = page.at(-1)
    if (last === undefined || page.length < stepSize) return events
    from = last.position
  }
})

const quarantineOf = (db: Database, id: FindingId): Quarantine | undefined =>
  quarantinesOf(db, reuseProjectionName).find((quarantine) => quarantine.findingId === id)

const waitingLetters = (db: Database, id: FindingId): ReadonlyArray<DeadLetter> =>
  db
    .prepare<[string, string, number], DeadLetterRow>(
      `SELECT ${deadLetterColumns} FROM dead_letters
        WHERE projection = ? AND finding_id = ? AND retried = 0 ORDER BY position LIMIT ?`,
    )
    .all(reuseProjectionName, id, stepSize)
    .map(asDeadLetter)

const skippedPositions = (db: Database): ReadonlySet<string> =>
  new Set(
    db
      .prepare<[string], string>(
        `SELECT position FROM dead_letters
          WHERE projection = ? AND finding_id IS NULL AND retried = 0`,
      )
      .pluck()
      .all(reuseProjectionName),
  )

const markRetried = (db: Database, letters: ReadonlyArray<DeadLetter>): void => {
  const mark = db.prepare(
    "UPDATE dead_letters SET retried = 1 WHERE projection = ? AND position = ?",
  )
  for (const { projection, position } of letters) mark.run(projection, position)
}

const tellReason = (db: Database, { letter, reason }: Poison): void => {
  db.prepare("UPDATE dead_letters SET reason = ? WHERE projection = ? AND position = ?").run(
    reason,
    letter.projection,
    letter.position,
  )
}

// What was folded meanwhile may concern the key too: its own captures, and what concerns all.
const leftAfter = (db: Database, id: FindingId, upTo: Position): "nothing" | "more" => {
  const more = db
    .prepare<[string, string, string, string], number>(
      `SELECT EXISTS (SELECT 1 FROM dead_letters WHERE projection = ? AND finding_id = ? AND retried = 0)
           OR EXISTS (SELECT 1 FROM policies WHERE position > ?)
           OR EXISTS (SELECT 1 FROM attackers WHERE identified_position > ?)`,
    )
    .pluck()
    .get(reuseProjectionName, id, upTo, upTo)
  return more === 1 ? "more" : "nothing"
}

const endQuarantine = (db: Database, id: FindingId): void => {
  db.prepare("DELETE FROM quarantine WHERE projection = ? AND finding_id = ?").run(
    reuseProjectionName,
    id,
  )
}
