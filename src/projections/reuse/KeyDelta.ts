import type { Capture, Outcome } from "../../domain/capture/capture.ts"
import { unknownService } from "../../domain/capture/service.ts"
import type { Metadata, RecordedEvent, ReuseChange } from "../../domain/event/events.ts"
import { type EventId, type FindingId, findingId } from "../../domain/event/ids.ts"
import type { Position } from "../../domain/event/position.ts"
import { evolve, type FindingState, firstSighting } from "../../domain/finding/finding.ts"
import type { ReuseKey } from "../../domain/finding/reuseKey.ts"
import type { RatingClass } from "../../domain/secret/rating.ts"
import type { Attacker, Target } from "./entities.ts"

/** First, last and how many: what is kept of every pair and of every credential, in microseconds. */
export interface Tally {
  readonly no: number
  firstSeen: number
  lastSeen: number
  attemptCount: number
}

/** Counts one more. A tally belongs to one batch, so it is changed in place. */
export const count = (tally: Tally, at: number): void => {
  if (at < tally.firstSeen) tally.firstSeen = at
  if (at > tally.lastSeen) tally.lastSeen = at
  tally.attemptCount++
}

/**
 * A target or attacker of the key within a batch. `ordinal` is 0 if it is already stored, or if it is a
 * target that does not count.
 */
export interface PairTally<Name> extends Tally {
  readonly name: Name
  readonly ordinal: number
  /** The ordinal of the capture that brought it into the batch. */
  readonly since: number
}

/** One credential within a batch: its tally, its latest outcome by event time, its first fields. */
export interface CredentialTally extends Tally {
  readonly targetNo: number
  readonly attackerNo: number
  readonly since: number
  outcome: Outcome | null
  /** The event time of `outcome`; `null` without one. */
  outcomeAt: number | null
  readonly fields: Capture["fields"]
}

/** A change of the key that is announced, and the event that caused it. */
export interface Change {
  readonly change: ReuseChange
  readonly cause: EventRef
  /** The ordinal of that event. */
  readonly ordinal: number
}

/** What history keeps of an event: not the event itself, which is larger. */
export interface EventRef {
  readonly id: EventId
  readonly type: string
  readonly position: Position
  readonly source: Metadata["source"]
}

export const eventRef = ({ id, type, position, metadata }: RecordedEvent): EventRef => ({
  id,
  type,
  position,
  source: sourceOf(metadata),
})

const sourceOf = (metadata: unknown): Metadata["source"] => {
  const source = (metadata as Partial<Metadata> | null)?.source // read defensively: it is not decoded
  return typeof source?.file === "string" && typeof source.line === "number" ? source : undefined
}

/** Whether the tables hold a pair already. Asked only of keys that are stored. */
export interface StoredPairs {
  /** Whether a key has targets on a decky with known services, and with an unknown one. */
  readonly servicesOn: (findingNo: number, decky: string) => ServicesOn
  readonly hasTarget: (findingNo: number, targetNo: number) => boolean
  readonly hasAttacker: (findingNo: number, attackerNo: number) => boolean
}

interface ServicesOn {
  readonly known: boolean
  readonly unknown: boolean
}

/** What a batch changes of one reuse key: everything is gathered here and written once. */
export class KeyDelta {
  readonly key: ReuseKey
  readonly secretNo: number
  readonly findingNo: number
  readonly comparable: boolean
  /** Whether the tables hold the key. */
  readonly stored: boolean
  readonly targets = new Tallies<PairTally<Target>>()
  readonly attackers = new Tallies<PairTally<Attacker>>()
  readonly credentials = new Tallies<CredentialTally>()
  /** The targets and attackers that the tables do not hold yet, in the order of the log. */
  readonly newTargets: Array<Target> = []
  readonly newAttackers: Array<Attacker> = []
  readonly changes: Array<Change> = []
  state: FindingState | undefined
  /** The ordinal of its first capture in the batch. */
  since = 0
  /** How surprising its first capture of all rates its secret, in bits, and why, if that is in the batch. */
  bits: number | null
  ratingClass: RatingClass | null = null
  #id: FindingId | undefined

  constructor(
    key: ReuseKey,
    secretNo: number,
    findingNo: number,
    comparable: boolean,
    stored: FindingState | undefined,
    bits: number | null,
  ) {
    this.key = key
    this.secretNo = secretNo
    this.findingNo = findingNo
    this.comparable = comparable
    this.stored = stored !== undefined
    this.state = stored
    this.bits = bits
  }

  get id(): FindingId {
    this.#id ??= findingId(this.key)
    return this.#id
  }

  /**
   * Takes in one capture, seen at `at` microseconds, whose ordinal is `since`. Without an attacker,
   * the log names none. `hasUnknownService`: the decky has a target with an unknown service, in any key.
   */
  add(
    capture: Capture,
    at: number,
    since: number,
    target: Target,
    attacker: Attacker | undefined,
    hasUnknownService: boolean,
    pairs: StoredPairs,
  ): FindingState {
    const { observedAt } = capture
    const { findingNo, stored, state } = this
    if (this.since === 0) {
      this.since = since
      if (!stored) {
        this.bits = capture.secret?.rating?.bits ?? null
        this.ratingClass = capture.secret?.rating?.class ?? null
      }
    }
    let newTarget = false
    const knownTarget = this.targets.find(target.no)
    if (knownTarget !== undefined) count(knownTarget, at)
    else {
      newTarget = !stored || !pairs.hasTarget(findingNo, target.no)
      if (newTarget && hasUnknownService) newTarget = this.#counts(target, pairs)
      if (newTarget) this.newTargets.push(target)
      this.targets.add(startPair(target, newTarget ? (state?.targetCount ?? 0) + 1 : 0, at, since))
    }
    let newAttacker = false
    if (attacker !== undefined) {
      const knownAttacker = this.attackers.find(attacker.no)
      if (knownAttacker !== undefined) count(knownAttacker, at)
      else {
        newAttacker = !stored || !pairs.hasAttacker(findingNo, attacker.no)
        if (newAttacker) this.newAttackers.push(attacker)
        const ordinal = newAttacker ? (state?.attackerCount ?? 0) + 1 : 0
        this.attackers.add(startPair(attacker, ordinal, at, since))
      }
    }
    this.#countCredential(capture, at, since, target.no, attacker?.no ?? 0)
    this.state =
      state === undefined
        ? firstSighting(observedAt, newAttacker)
        : evolve(state, { observedAt, newTarget, newAttacker })
    return this.state
  }

  /**
   * Whether a pair that is new to the key counts as a new target. An unknown service may be any known
   * one of the same decky, so the two count once, whichever comes first.
   */
  #counts({ decky, service }: Target, pairs: StoredPairs): boolean {
    const stored = this.stored ? pairs.servicesOn(this.findingNo, decky) : noServices
    const here = this.targets.items.filter(({ name }) => name.decky === decky)
    const known = stored.known || here.some(({ name }) => name.service !== unknownService)
    if (service === unknownService) return !known
    const unknown = stored.unknown || here.some(({ name }) => name.service === unknownService)
    return known || !unknown
  }

  #countCredential(
    capture: Capture,
    at: number,
    since: number,
    targetNo: number,
    attackerNo: number,
  ): void {
    // Target numbers stay far below 2^21, attacker numbers below 2^32: the sum is exact.
    const no = targetNo * 0x1_0000_0000 + attackerNo
    const { outcome, fields } = capture
    const known = this.credentials.find(no)
    if (known !== undefined) {
      count(known, at)
      if (outcome !== null && isLater(at, outcome, known)) {
        known.outcome = outcome
        known.outcomeAt = at
      }
      return
    }
    this.credentials.add({
      no,
      targetNo,
      attackerNo,
      since,
      firstSeen: at,
      lastSeen: at,
      attemptCount: 1,
      outcome,
      outcomeAt: outcome === null ? null : at,
      fields,
    })
  }
}

const noServices: ServicesOn = { known: false, unknown: false }

// A tie in event time is broken by name, so that the order of ingestion does not matter.
const isLater = (
  at: number,
  outcome: Outcome,
  known: Pick<CredentialTally, "outcome" | "outcomeAt">,
): boolean =>
  known.outcome === null ||
  known.outcomeAt === null ||
  at > known.outcomeAt ||
  (at === known.outcomeAt && outcome > known.outcome)

const startPair = <Name extends { readonly no: number }>(
  name: Name,
  ordinal: number,
  at: number,
  since: number,
): PairTally<Name> => ({
  no: name.no,
  name,
  ordinal,
  since,
  firstSeen: at,
  lastSeen: at,
  attemptCount: 1,
})

const maxSearched = 12

/**
 * Tallies by number, in the order in which they came. Most reuse keys have one or two in a batch,
 * which are searched; an index is made for those that have many.
 */
class Tallies<T extends Tally> {
  readonly items: Array<T> = []
  #index: Map<number, T> | undefined

  find(no: number): T | undefined {
    if (this.#index !== undefined) return this.#index.get(no)
    for (const item of this.items) if (item.no === no) return item
    return undefined
  }

  add(item: T): void {
    this.items.push(item)
    if (this.#index !== undefined) this.#index.set(item.no, item)
    else if (this.items.length > maxSearched) {
      this.#index = new Map(this.items.map((each) => [each.no, each]))
    }
  }
}
