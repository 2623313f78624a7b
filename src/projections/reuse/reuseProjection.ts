import type { Database } from "better-sqlite3"
import type { Capture } from "../../domain/capture/capture.ts"
import type { DecodedEvent, EventType, RecordedEvent } from "../../domain/event/events.ts"
import { type Timestamp, timestampMicros } from "../../domain/event/timestamp.ts"
import { announced, decide, type FindingState } from "../../domain/finding/finding.ts"
import { isComparable } from "../../domain/finding/policy.ts"
import { readableKey } from "../../domain/finding/readableKey.ts"
import { reuseKeyName, reuseKeyOf } from "../../domain/finding/reuseKey.ts"
import { makeOutbox, silence } from "../outbox.ts"
import type { Fold, Projection } from "../Projection.ts"
import { inQuarantine } from "../quarantine.ts"
import { makeAdded } from "./added.ts"
import { detectedEvent, observedAnnouncement, reuseAnnouncement } from "./announcements.ts"
import { makeAttackerRows } from "./attackerRows.ts"
import { makeFindingRows } from "./findingRows.ts"
import { blockSize, makeFolded } from "./folded.ts"
import { makeIdentify } from "./identify.ts"
import { causeOf, KeyFold } from "./KeyFold.ts"
import { makeKeyRows } from "./keyRows.ts"
import { makeOpenUnderPolicy } from "./openUnderPolicy.ts"
import { currentPolicy, recordPolicy } from "./policies.ts"
import { type Attacker, makeRegistry } from "./registry.ts"
import { type IsHeld, makeStoredChange } from "./storedChange.ts"
import { makeStoredPairs } from "./storedPairs.ts"

/** What it is called in checkpoints and in `credtrail status`. */
export const reuseProjectionName = "credential-reuse"

/** The events it folds that belong to no single reuse key. */
export const keylessTypes: ReadonlyArray<EventType> = [
  "attacker.identified",
  "reuse.policy.changed",
]

/** The events it folds. */
export const projectedTypes: ReadonlyArray<EventType> = ["credential.captured", ...keylessTypes]

/** Whether what the projection finds out goes to the outbox. A rebuild announces nothing again. */
export type OutboxMode = "announcing" | "silent"

/** Captures into findings. */
export const reuseProjection = (outbox: OutboxMode): Projection => ({
  name: reuseProjectionName,
  types: projectedTypes,
  keyOf: (event) => {
    if (!("recorded" in event)) return readableKey(event)
    return event.type === "credential.captured" ? reuseKeyOf(event.data) : undefined
  },
  open: (db) => makeReuseFold(db, outbox),
})

/**
 * Folds captures into findings. The captures of a batch are gathered per reuse key and written once, so
 * the cost of a batch follows the number of distinct keys and pairs in it. An identification or a
 * change of policy ends the gathering: what came before it is written under the old rules. Those two
 * change no finding that is held, by default those in quarantine.
 */
export const makeReuseFold = (
  db: Database,
  outboxMode: OutboxMode,
  perBlock: number = blockSize,
  isHeld: IsHeld = inQuarantine(db),
): Fold => {
  const folded = makeFolded(db, perBlock)
  const registry = makeRegistry(db, folded)
  const keys = makeKeyRows(db, folded)
  const rows = makeFindingRows(db, keys, folded)
  const attackers = makeAttackerRows(db, folded)
  const added = makeAdded(db, registry)
  const pairs = makeStoredPairs(db)
  const outbox = outboxMode === "announcing" ? makeOutbox(db) : silence
  const storedChange = makeStoredChange(db, keys, rows, added, outbox, folded, isHeld)
  const identify = makeIdentify(db, folded, storedChange)
  const openUnderPolicy = makeOpenUnderPolicy(db, storedChange)

  let policy = currentPolicy(db)
  const folds = new Map<string, KeyFold>()

  const foldOf = (capture: Capture): KeyFold => {
    const key = reuseKeyOf(capture)
    const name = reuseKeyName(key)
    let fold = folds.get(name)
    if (fold === undefined) {
      const { secretNo, findingNo, stored } = keys.find(name, capture.secret, key.principal)
      const comparable = isComparable(policy, capture.secret)
      fold = new KeyFold(key, secretNo, findingNo, comparable, stored)
      folds.set(name, fold)
    }
    return fold
  }

  const attackerOf = (
    capture: Capture,
    at: number,
    recorded: RecordedEvent,
  ): Attacker | undefined => {
    if (capture.attackerIp === null) return undefined
    const { attacker, isFirst } = registry.attacker(capture.attackerIp)
    // What the registry has forgotten it looks up in a table that this batch is not yet in.
    if (attackers.count(attacker, at) && isFirst) {
      outbox.enqueue(() => observedAnnouncement(attacker.ip, capture.observedAt, recorded))
    }
    return attacker
  }

  const change = (fold: KeyFold, state: FindingState, cause: RecordedEvent, at: Timestamp) => {
    const kind = decide(policy, fold.comparable, state)
    if (kind === undefined) return
    const detected = detectedEvent(fold, kind, state, at, added, [])
    fold.state = announced(state)
    fold.changes.push({ detected, cause: causeOf(cause), ordinal: folded.ordinal() })
    outbox.enqueue(() => reuseAnnouncement(detected, cause))
  }

  const write = (): void => {
    rows.write(folds.values())
    folds.clear()
    keys.flush()
    rows.flush()
    attackers.write()
    folded.flush()
  }

  const applyOne = (event: DecodedEvent): void => {
    if (folded.beginsBlock()) write()
    switch (event.type) {
      case "credential.captured": {
        const { data, recorded } = event
        folded.next(recorded)
        const fold = foldOf(data)
        const target = registry.target(data.decky, data.service)
        const at = timestampMicros(data.observedAt)
        const attacker = attackerOf(data, at, recorded)
        folded.capture(fold.findingNo, target.no, attacker?.no ?? 0, at, data.outcome)
        const state = fold.add(data, at, folded.ordinal(), target, attacker, pairs)
        change(fold, state, recorded, data.observedAt)
        return
      }
      case "attacker.identified":
        write()
        folded.next(event.recorded)
        folded.other()
        identify(policy, event.data, event.recorded)
        registry.forget()
        write()
        return
      case "reuse.policy.changed":
        write()
        folded.next(event.recorded)
        folded.other()
        policy = event.data.policy
        recordPolicy(db, event.data, event.recorded, folded.ordinal())
        openUnderPolicy(event.data, event.recorded)
        write()
        return
      case "attacker.observed":
      case "credential.reuse.detected":
      case "attacker.fingerprinted":
      case "readmodel.difference.accepted":
        return
    }
  }

  return {
    apply: (events) => {
      for (const event of events) applyOne(event)
      write()
      outbox.flush()
    },
    forget: () => {
      folds.clear()
      for (const part of [folded, keys, rows, attackers, registry, outbox]) part.forget()
      policy = currentPolicy(db)
    },
  }
}
