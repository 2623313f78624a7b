import type { Database } from "better-sqlite3"
import * as Result from "effect/Result"
import { decodeEvent, PoisonEvent } from "../domain/event/codec.ts"
import type { DecodedEvent, RecordedEvent } from "../domain/event/events.ts"
import { type FindingId, findingId } from "../domain/event/ids.ts"
import type { Position } from "../domain/event/position.ts"
import { type Checkpoint, moveCheckpoint, readCheckpoint } from "./checkpoint.ts"
import { type DeadLetter, deadLetterOf, keepDeadLetters } from "./deadLetters.ts"
import type { Fold, ProjectionSpec } from "./Projection.ts"
import { putInQuarantine, quarantinesOf } from "./quarantine.ts"

/**
 * What to do about an event that cannot be folded: stop before it; set the reuse key aside that it
 * belongs to, with everything later for that key, and go on with the rest; or set the event alone
 * aside, as a projection without keys does in the second case too.
 */
export type OnPoison = "stop" | "quarantine" | "skip"

/** What was decided about events elsewhere, by position: it is done again here. */
export type Decisions = ReadonlyMap<Position, DeadLetter>

export interface PoisonPolicy {
  readonly onPoison: OnPoison
  /** Go before `onPoison`. */
  readonly decisions?: Decisions | undefined
}

/** A batch that was folded, to its end or to just before the event that stopped it. */
export interface FoldedBatch {
  readonly checkpoint: Checkpoint
  readonly stopped: PoisonEvent | undefined
}

/**
 * Folds a batch, keeps what was set aside, and moves the checkpoint past it: one transaction, which
 * the caller has begun. `undefined`, and nothing is done, if the checkpoint is not where the batch
 * began: somebody else has written the rows.
 */
export const foldBatch = (
  database: Database,
  projection: ProjectionSpec,
  open: () => Fold,
  from: Checkpoint,
  events: ReadonlyArray<RecordedEvent>,
  policy: PoisonPolicy,
): FoldedBatch | undefined => {
  const { name } = projection
  const { position, commitNo } = readCheckpoint(database, name)
  if (position !== from.position || commitNo !== from.commitNo) return undefined
  const batch = new DecodedBatch(database, projection, events, policy)
  const fold = open()
  fold.apply(batch, (reason) => batch.refuse(reason))
  const { last, count, deadLetters, stopped } = batch
  if (last === undefined) return { checkpoint: from, stopped }
  keepDeadLetters(database, deadLetters)
  moveCheckpoint(database, name, from, last.position, count)
  fold.moved?.(last)
  return { checkpoint: { position: last.position, commitNo: from.commitNo + 1 }, stopped }
}

/**
 * The events of a batch that are to be folded, decoded one by one as they are asked for: a batch
 * is large, and what is decoded is soon done with. A key is put in quarantine at once, since what
 * comes next in the batch may concern all keys but those.
 */
class DecodedBatch implements Iterable<DecodedEvent> {
  /** What is set aside, in order. */
  readonly deadLetters: Array<DeadLetter> = []
  /** What ended the batch early. */
  stopped: PoisonEvent | undefined
  /** The last event that is dealt with, if any is. */
  last: RecordedEvent | undefined
  /** How many are dealt with. */
  count = 0
  readonly #database: Database
  readonly #projection: ProjectionSpec
  readonly #events: ReadonlyArray<RecordedEvent>
  readonly #policy: PoisonPolicy
  readonly #quarantined: Set<FindingId>
  /** Why the event that was yielded last cannot be folded. */
  #refused: string | undefined

  constructor(
    database: Database,
    projection: ProjectionSpec,
    events: ReadonlyArray<RecordedEvent>,
    policy: PoisonPolicy,
  ) {
    this.#database = database
    this.#projection = projection
    this.#events = events
    this.#policy = policy
    this.#quarantined = new Set(
      projection.keyOf === undefined
        ? []
        : quarantinesOf(database, projection.name).map((quarantine) => quarantine.findingId),
    )
  }

  refuse(reason: string): void {
    this.#refused = reason
  }

  *[Symbol.iterator](): Generator<DecodedEvent> {
    for (const event of this.#events) {
      const decided = this.#policy.decisions?.get(event.position)
      const result = decided?.retried === false ? asDecided(event, decided) : decodeEvent(event)
      let poison = Result.isFailure(result) ? result.failure : undefined
      if (Result.isSuccess(result) && result.success !== undefined) {
        const behind = this.#quarantineOf(result.success)
        if (behind === undefined) {
          this.#refused = undefined
          yield result.success
          if (this.#refused !== undefined) poison = poisonOf(event, this.#refused)
          else if (decided !== undefined) this.deadLetters.push(decided)
        } else this.deadLetters.push(deadLetterOf(this.#projection.name, event, null, behind))
      }
      if (poison !== undefined) {
        this.stopped = this.#setAside(event, poison, decided)
        if (this.stopped !== undefined) return
      }
      this.last = event
      this.count++
    }
  }

  // The quarantine that an event belongs into.
  #quarantineOf(event: DecodedEvent): FindingId | undefined {
    if (this.#quarantined.size === 0) return undefined
    const key = this.#projection.keyOf?.(event)
    const id = key === undefined ? undefined : findingId(key)
    return id !== undefined && this.#quarantined.has(id) ? id : undefined
  }

  // Returns what to stop with, where the event may not be set aside.
  #setAside(
    event: RecordedEvent,
    poison: PoisonEvent,
    decided: DeadLetter | undefined,
  ): PoisonEvent | undefined {
    const { name, keyOf } = this.#projection
    const key = keyOf?.(event)
    const id = key === undefined ? undefined : findingId(key)
    const keep = (inQuarantine: FindingId | null): void => {
      this.deadLetters.push(deadLetterOf(name, event, poison.reason, inQuarantine))
    }
    if (id !== undefined && this.#quarantined.has(id)) {
      keep(id)
      return
    }
    switch (decided === undefined ? this.#policy.onPoison : decisionIn(decided)) {
      case "stop":
        return poison
      case "skip":
        keep(null)
        return
      case "quarantine":
        if (keyOf === undefined) {
          keep(null)
          return
        }
        if (id === undefined || key === undefined) return concernsAll(poison)
        this.#quarantined.add(id)
        putInQuarantine(this.#database, name, { findingId: id, since: event.position, key })
        keep(id)
        return
    }
  }
}

const decisionIn = ({ findingId: id }: DeadLetter): OnPoison =>
  id === null ? "skip" : "quarantine"

// It may decode by now, but what was decided about it stands until it is retried.
const asDecided = (
  event: RecordedEvent,
  { reason }: DeadLetter,
): Result.Result<never, PoisonEvent> => Result.fail(poisonOf(event, reason ?? ""))

const poisonOf = (
  { position, id, type, stream, revision }: RecordedEvent,
  reason: string,
): PoisonEvent => new PoisonEvent({ position, eventId: id, type, stream, revision, reason })

const concernsAll = (poison: PoisonEvent): PoisonEvent =>
  new PoisonEvent({
    ...poison,
    reason: `${poison.reason}. It cannot be quarantined: no single reuse key can be read in it, so it may concern all of them. --on-poison skip leaves it out`,
  })
