import * as Result from "effect/Result"
import { decodeEvent, PoisonEvent } from "../../domain/event/codec.ts"
import type { DecodedEvent, RecordedEvent } from "../../domain/event/events.ts"
import { type FindingId, findingId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { type DeadLetter, deadLetterOf } from "../../projections/deadLetters.ts"
import type { Projection } from "../../projections/Projection.ts"
import type { Quarantine } from "../../projections/quarantine.ts"

/**
 * What to do about an event that cannot be folded: stop before it; set the reuse key aside that it
 * belongs to, with everything later for that key, and go on with the rest; or set the event alone
 * aside.
 */
export type OnPoison = "stop" | "quarantine" | "skip"

/** What was decided about events elsewhere, by position: it is done again here. */
export type Decisions = ReadonlyMap<Position, DeadLetter>

/**
 * The events of a batch that are to be folded, decoded one by one as they are asked for: a batch
 * is large, and what is decoded is soon done with. `enter` is told at once which keys are put in
 * quarantine, since what comes next in the batch may concern all keys but those.
 */
export class DecodedBatch implements Iterable<DecodedEvent> {
  /** What is set aside, in order. */
  readonly letters: Array<DeadLetter> = []
  /** What ended the batch early. */
  stopped: PoisonEvent | undefined
  /** The last event that is dealt with, if any is. */
  to: Position | undefined
  /** How many are dealt with. */
  count = 0
  readonly #projection: Projection
  readonly #events: ReadonlyArray<RecordedEvent>
  readonly #onPoison: OnPoison
  readonly #decisions: Decisions | undefined
  readonly #enter: (quarantine: Quarantine) => void
  readonly #quarantined: Set<FindingId>

  constructor(
    projection: Projection,
    events: ReadonlyArray<RecordedEvent>,
    quarantines: ReadonlyArray<Quarantine>,
    onPoison: OnPoison,
    decisions: Decisions | undefined,
    enter: (quarantine: Quarantine) => void,
  ) {
    this.#projection = projection
    this.#events = events
    this.#onPoison = onPoison
    this.#decisions = decisions
    this.#enter = enter
    this.#quarantined = new Set(quarantines.map((quarantine) => quarantine.findingId))
  }

  *[Symbol.iterator](): Generator<DecodedEvent> {
    for (const event of this.#events) {
      const decided = this.#decisions?.get(event.position)
      const result = decided?.retried === false ? asDecided(event, decided) : decodeEvent(event)
      if (Result.isFailure(result)) {
        this.stopped = this.#setAside(event, result.failure, decided)
        if (this.stopped !== undefined) return
      }
      this.to = event.position
      this.count++
      if (Result.isFailure(result) || result.success === undefined) continue
      const behind = this.#quarantined.size > 0 ? this.#quarantineOf(result.success) : undefined
      if (behind !== undefined) {
        this.letters.push(deadLetterOf(this.#projection.name, event, null, behind))
        continue
      }
      if (decided !== undefined) this.letters.push(decided)
      yield result.success
    }
  }

  // The quarantine that an event belongs into.
  #quarantineOf(event: DecodedEvent): FindingId | undefined {
    const key = this.#projection.keyOf?.(event)
    const id = key === undefined ? undefined : findingId(key)
    return id !== undefined && this.#quarantined.has(id) ? id : undefined
  }

  // Answers what to stop with, where the event may not be set aside.
  #setAside(
    event: RecordedEvent,
    poison: PoisonEvent,
    decided: DeadLetter | undefined,
  ): PoisonEvent | undefined {
    const key = this.#projection.keyOf?.(event)
    const id = key === undefined ? undefined : findingId(key)
    const keep = (inQuarantine: FindingId | null): void => {
      this.letters.push(deadLetterOf(this.#projection.name, event, poison.reason, inQuarantine))
    }
    if (id !== undefined && this.#quarantined.has(id)) {
      keep(id)
      return
    }
    switch (decided === undefined ? this.#onPoison : decisionIn(decided)) {
      case "stop":
        return poison
      case "skip":
        keep(null)
        return
      case "quarantine":
        if (id === undefined || key === undefined) return concernsAll(poison)
        this.#quarantined.add(id)
        this.#enter({ findingId: id, since: event.position, key })
        keep(id)
        return
    }
  }
}

const decisionIn = ({ findingId: id }: DeadLetter): OnPoison =>
  id === null ? "skip" : "quarantine"

// It may decode by now, but what was decided about it stands until it is retried.
const asDecided = (
  { position, id, type, stream, revision }: RecordedEvent,
  { reason }: DeadLetter,
): Result.Result<never, PoisonEvent> =>
  Result.fail(
    new PoisonEvent({ position, eventId: id, type, stream, revision, reason: reason ?? "" }),
  )

const concernsAll = (poison: PoisonEvent): PoisonEvent =>
  new PoisonEvent({
    ...poison,
    reason: `${poison.reason}. It cannot be quarantined: no single reuse key can be read in it, so it may concern all of them. --on-poison skip leaves it out`,
  })
