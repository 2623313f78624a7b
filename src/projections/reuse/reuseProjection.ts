import type { Database } from "better-sqlite3"
import type { Capture } from "../../domain/capture.ts"
import type { DecodedEvent, EventType, RecordedEvent } from "../../domain/events.ts"
import { announced, decide, type FindingState } from "../../domain/finding.ts"
import { factEventId, findingId, mintedAttackerUuid } from "../../domain/ids.ts"
import { isComparable } from "../../domain/policy.ts"
import { reuseKeyOf } from "../../domain/reuseKey.ts"
import type { Timestamp } from "../../domain/timestamp.ts"
import { type Announcement, makeOutbox } from "../outbox.ts"
import type { Projection } from "../Projection.ts"
import { makeAdded } from "./added.ts"
import { makeAttackerRows } from "./attackerRows.ts"
import { detectedEvent, reuseAnnouncement } from "./detectedEvent.ts"
import { makeIdentify } from "./identify.ts"
import { KeyFold } from "./KeyFold.ts"
import { makeKeyRows } from "./keyRows.ts"
import { makeOpenUnderPolicy } from "./openUnderPolicy.ts"
import { currentPolicy, recordPolicy } from "./policies.ts"
import { makeRegistry, noAttacker } from "./registry.ts"
import { makeWriteFold } from "./writeFold.ts"

/** What it is called in checkpoints and in `credtrail status`. */
export const reuseProjectionName = "credential-reuse"

/** The events it folds. */
export const projectedTypes: ReadonlyArray<EventType> = [
  "credential.captured",
  "attacker.identified",
  "reuse.policy.changed",
]

/** Whether what the projection finds out is to be announced in the log. A rebuild says nothing. */
export type Voice = "announcing" | "silent"

/**
 * Captures into findings. The captures of a batch are gathered per reuse key and written once, so
 * the cost of a batch follows the number of distinct keys and pairs in it. An identification or a
 * change of policy ends the gathering: what came before it is written under the old rules.
 */
export const makeReuseProjection = (db: Database, voice: Voice): Projection => {
  const registry = makeRegistry(db)
  const keys = makeKeyRows(db)
  const added = makeAdded(db)
  const attackers = makeAttackerRows(db)
  const writeFold = makeWriteFold(db)
  const enqueue = makeOutbox(db)
  const hasTarget = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_targets WHERE finding_no = ? AND target_no = ?",
  )
  const hasAttacker = db.prepare<[number, number]>(
    "SELECT 1 FROM finding_attackers WHERE finding_no = ? AND attacker_no = ?",
  )
  const stored = {
    hasTarget: (findingNo: number, no: number) => hasTarget.get(findingNo, no) !== undefined,
    hasAttacker: (findingNo: number, no: number) => hasAttacker.get(findingNo, no) !== undefined,
  }
  const announce = (announcement: Announcement): void => {
    if (voice === "announcing") enqueue(announcement)
  }
  const identify = makeIdentify(db, announce)
  const openUnderPolicy = makeOpenUnderPolicy(db, announce)

  let policy = currentPolicy(db)
  const folds = new Map<string, KeyFold>()

  const foldOf = (capture: Capture): KeyFold => {
    const key = reuseKeyOf(capture)
    const name = `${key.secretSha256}${key.secretKind}\0${key.principal}`
    let fold = folds.get(name)
    if (fold === undefined) {
      const secretNo = registry.secret(capture.secret)
      const comparable = isComparable(policy, capture.secret)
      const row = keys.find(secretNo, key.principal)
      fold = new KeyFold(key, findingId(key), secretNo, comparable, row)
      folds.set(name, fold)
    }
    return fold
  }

  const attackerOf = (capture: Capture, recorded: RecordedEvent): number => {
    if (capture.attackerIp === null) return noAttacker
    const { no, fresh } = registry.attacker(capture.attackerIp)
    if (fresh) {
      announce({
        stream: `attacker-${capture.attackerIp}`,
        expectedRevision: null,
        id: factEventId("attacker.observed", capture.attackerIp),
        type: "attacker.observed",
        data: {
          observedAt: capture.observedAt,
          attackerIp: capture.attackerIp,
          attackerUuid: mintedAttackerUuid(capture.attackerIp),
        },
        causedBy: recorded.id,
      })
    }
    attackers.count(no, capture.observedAt)
    return no
  }

  const change = (fold: KeyFold, state: FindingState, cause: RecordedEvent, at: Timestamp) => {
    const kind = decide(policy, fold.comparable, state)
    if (kind === undefined) return
    const detected = detectedEvent(fold, kind, state, at, added, [])
    fold.state = announced(state)
    fold.changes.push({ detected, cause })
    announce(reuseAnnouncement(detected, cause))
  }

  const write = (): void => {
    for (const fold of folds.values()) writeFold(fold)
    folds.clear()
    attackers.write()
  }

  const applyOne = (event: DecodedEvent): void => {
    switch (event.type) {
      case "credential.captured": {
        const fold = foldOf(event.data)
        const targetNo = registry.target(event.data.decky, event.data.service)
        const attackerNo = attackerOf(event.data, event.recorded)
        const state = fold.add(event.data, targetNo, attackerNo, stored)
        change(fold, state, event.recorded, event.data.observedAt)
        return
      }
      case "attacker.identified":
        write()
        identify(policy, event.data, event.recorded)
        registry.forget()
        return
      case "reuse.policy.changed":
        write()
        policy = event.data.policy
        recordPolicy(db, event.data, event.recorded)
        openUnderPolicy(event.data, event.recorded)
        return
      case "attacker.observed":
      case "credential.reuse.detected":
        return
    }
  }

  return {
    name: reuseProjectionName,
    types: projectedTypes,
    apply: (events) => {
      for (const event of events) applyOne(event)
      write()
    },
    forget: () => {
      folds.clear()
      attackers.forget()
      registry.forget()
      policy = currentPolicy(db)
    },
  }
}
