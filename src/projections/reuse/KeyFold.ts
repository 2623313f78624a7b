import type { Capture, Outcome } from "../../domain/capture.ts"
import type { RecordedEvent, ReuseDetected } from "../../domain/events.ts"
import { evolve, type FindingState, firstSighting } from "../../domain/finding.ts"
import type { FindingId } from "../../domain/ids.ts"
import type { ReuseKey } from "../../domain/reuseKey.ts"
import { addToTally, startTally, type Tally } from "./tally.ts"

/** A target or attacker of the key within a batch; the ordinal is 0 where the tables have it. */
export interface PairTally extends Tally {
  readonly ordinal: number
}

/** One credential within a batch: its tally, the last outcome said, the fields said first. */
export interface CredentialTally extends Tally {
  readonly targetNo: number
  readonly attackerNo: number
  outcome: Outcome | null
  readonly fields: Capture["fields"]
}

/** An announcement about this key and the event that caused it. */
export interface Change {
  readonly detected: ReuseDetected
  readonly cause: RecordedEvent
}

/** Whether the tables hold a pair already. Asked only of keys that are stored. */
export interface StoredPairs {
  readonly hasTarget: (findingNo: number, targetNo: number) => boolean
  readonly hasAttacker: (findingNo: number, attackerNo: number) => boolean
}

/** What a batch does to one reuse key: everything is gathered here and written once. */
export class KeyFold {
  readonly key: ReuseKey
  readonly id: FindingId
  readonly secretNo: number
  readonly comparable: boolean
  readonly targets = new Map<number, PairTally>()
  readonly attackers = new Map<number, PairTally>()
  readonly credentials = new Map<number, CredentialTally>()
  /** The targets and attackers that the tables do not hold yet, in the order of the log. */
  readonly newTargets: Array<number> = []
  readonly newAttackers: Array<number> = []
  readonly changes: Array<Change> = []
  findingNo: number | undefined
  state: FindingState | undefined

  constructor(
    key: ReuseKey,
    id: FindingId,
    secretNo: number,
    comparable: boolean,
    stored: { readonly findingNo: number; readonly state: FindingState } | undefined,
  ) {
    this.key = key
    this.id = id
    this.secretNo = secretNo
    this.comparable = comparable
    this.findingNo = stored?.findingNo
    this.state = stored?.state
  }

  /** How many targets and attackers the tables held before this batch. */
  storedCounts(): { readonly targets: number; readonly attackers: number } {
    return {
      targets: (this.state?.targetCount ?? 0) - this.newTargets.length,
      attackers: (this.state?.attackerCount ?? 0) - this.newAttackers.length,
    }
  }

  /** Takes one capture in. `attackerNo` 0 is an attacker the log does not name. */
  add(capture: Capture, targetNo: number, attackerNo: number, stored: StoredPairs): FindingState {
    const { targetCount = 0, attackerCount = 0 } = this.state ?? {}
    const newTarget = this.#count(
      this.targets,
      targetNo,
      targetCount + 1,
      capture,
      stored.hasTarget,
    )
    if (newTarget) this.newTargets.push(targetNo)
    const newAttacker =
      attackerNo !== 0 &&
      this.#count(this.attackers, attackerNo, attackerCount + 1, capture, stored.hasAttacker)
    if (newAttacker) this.newAttackers.push(attackerNo)
    this.#countCredential(capture, targetNo, attackerNo)
    this.state =
      this.state === undefined
        ? firstSighting(capture.observedAt, newAttacker)
        : evolve(this.state, { observedAt: capture.observedAt, newTarget, newAttacker })
    return this.state
  }

  // Answers whether neither this batch nor the tables knew the pair before.
  #count(
    tallies: Map<number, PairTally>,
    no: number,
    nextOrdinal: number,
    { observedAt }: Capture,
    isStored: (findingNo: number, no: number) => boolean,
  ): boolean {
    const tally = tallies.get(no)
    if (tally !== undefined) {
      addToTally(tally, observedAt)
      return false
    }
    const fresh = this.findingNo === undefined || !isStored(this.findingNo, no)
    tallies.set(no, { ...startTally(observedAt), ordinal: fresh ? nextOrdinal : 0 })
    return fresh
  }

  #countCredential(capture: Capture, targetNo: number, attackerNo: number): void {
    // Target numbers stay far below 2^21, attacker numbers below 2^32: the sum is exact.
    const pair = targetNo * 0x1_0000_0000 + attackerNo
    const tally = this.credentials.get(pair)
    if (tally === undefined) {
      this.credentials.set(pair, {
        ...startTally(capture.observedAt),
        targetNo,
        attackerNo,
        outcome: capture.outcome,
        fields: capture.fields,
      })
      return
    }
    addToTally(tally, capture.observedAt)
    if (capture.outcome !== null) tally.outcome = capture.outcome
  }
}
