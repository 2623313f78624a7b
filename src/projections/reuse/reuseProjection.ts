import type { Database } from "better-sqlite3"
import type { Capture } from "../../domain/capture/capture.ts"
import type { DecodedEvent, EventType, RecordedEvent } from "../../domain/event/events.ts"
import { timestampMicros } from "../../domain/event/timestamp.ts"
import { announced, decide } from "../../domain/finding/finding.ts"
import { isComparable } from "../../domain/finding/policy.ts"
import { readableKey } from "../../domain/finding/readableKey.ts"
import { reuseKeyName, reuseKeyOf } from "../../domain/finding/reuseKey.ts"
import { setLastEvent } from "../lastEvent.ts"
import { makeOutbox, silence } from "../outbox.ts"
import type { Fold, Projection } from "../Projection.ts"
import { inQuarantine } from "../quarantine.ts"
import { makeDescribeReuse, observedAnnouncement, reuseAnnouncement } from "./announcements.ts"
import { makeAttackerRows } from "./attackerRows.ts"
import { type Attacker, makeEntities } from "./entities.ts"
import { makeFindingRows } from "./findingRows.ts"
import { blockSize, type FoldedEvent, makeFoldIndex } from "./foldIndex.ts"
import { eventRef, KeyDelta } from "./KeyDelta.ts"
import { makeKeyRows } from "./keyRows.ts"
import { currentPolicy, recordPolicy } from "./policies.ts"
import { type IsHeld, makeStoredFindings } from "./storedFindings.ts"
import { makeRecordTriage, type TriageEvent, triageTypes } from "./triageRows.ts"

/** What it is called in checkpoints and in `credtrail status`. */
export const reuseProjectionName = "credential-reuse"

/** The events it folds that belong to no single reuse key. */
export const keylessTypes: ReadonlyArray<EventType> = [
  "attacker.identified",
  "reuse.policy.changed",
]

/** The events it folds. */
export const projectedTypes: ReadonlyArray<EventType> = [
  "credential.captured",
  ...keylessTypes,
  ...triageTypes,
]

type Projected =
  | TriageEvent
  | Extract<
      DecodedEvent,
      { readonly type: "credential.captured" | "attacker.identified" | "reuse.policy.changed" }
    >

const isFolded = (event: DecodedEvent): event is Projected => projectedTypes.includes(event.type)

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

/** A fold that refuses no event. */
interface ReuseFold extends Fold {
  readonly apply: (events: Iterable<DecodedEvent>) => void
}

/**
 * Folds captures into findings. The captures of a batch are gathered per reuse key and written once,
 * so the cost of a batch follows the number of distinct keys and pairs in it. An identification or a
 * change of policy ends the gathering, as the end of a block does: what came before is written under
 * the old rules. Those two change no finding that is held, by default those in quarantine.
 */
export const makeReuseFold = (
  db: Database,
  outboxMode: OutboxMode,
  perBlock: number = blockSize,
  isHeld: IsHeld = inQuarantine(db),
): ReuseFold => {
  const index = makeFoldIndex(db, perBlock)
  const entities = makeEntities(db)
  const keys = makeKeyRows(db)
  const rows = makeFindingRows(db, keys)
  const attackers = makeAttackerRows(db)
  const describe = makeDescribeReuse(db, entities)
  const outbox = outboxMode === "announcing" ? makeOutbox(db) : silence
  const recordTriage = makeRecordTriage(db)
  const storedFindings = makeStoredFindings(db, keys, rows, describe, outbox, isHeld)

  let policy = currentPolicy(db)
  const deltas = new Map<string, KeyDelta>()

  const deltaOf = (capture: Capture): KeyDelta => {
    const key = reuseKeyOf(capture)
    const name = reuseKeyName(key)
    let delta = deltas.get(name)
    if (delta === undefined) {
      const { secretNo, findingNo, stored, bits } = keys.find(name, capture.secret, key.principal)
      const comparable = isComparable(policy, capture.secret)
      delta = new KeyDelta(key, secretNo, findingNo, comparable, stored, bits)
      deltas.set(name, delta)
    }
    return delta
  }

  const attackerOf = (
    capture: Capture,
    at: number,
    recorded: RecordedEvent,
    event: FoldedEvent,
  ): Attacker | undefined => {
    if (capture.attackerIp === null) return undefined
    const { attacker, isFirst } = entities.attacker(capture.attackerIp, event)
    // One that is no longer in memory is looked up in a table that this batch is not yet in.
    if (attackers.count(attacker, at) && isFirst) {
      outbox.enqueue(() => observedAnnouncement(attacker.ip, capture.observedAt, recorded))
    }
    return attacker
  }

  const takeCapture = (data: Capture, recorded: RecordedEvent, event: FoldedEvent): void => {
    const delta = deltaOf(data)
    const target = entities.target(data.decky, data.service)
    const at = timestampMicros(data.observedAt)
    const attacker = attackerOf(data, at, recorded, event)
    index.record(event, {
      findingNo: delta.findingNo,
      targetNo: target.no,
      attackerNo: attacker?.no ?? 0,
      at,
      outcome: data.outcome,
    })
    const state = delta.add(
      data,
      at,
      event.ordinal,
      target,
      attacker,
      entities.hasUnknownService(data.decky),
      rows,
    )
    const kind = decide(policy, delta.comparable, delta.bits, state)
    if (kind === undefined) return
    const change = describe.detected(delta, kind, state, data.observedAt, [])
    delta.state = announced(state)
    delta.changes.push({ change, cause: eventRef(recorded), ordinal: event.ordinal })
    outbox.enqueue(() => reuseAnnouncement(change, recorded))
  }

  /** Writes what was gathered up to an event. */
  const write = (last: FoldedEvent): void => {
    rows.write(deltas.values(), last.block)
    deltas.clear()
    keys.flush()
    rows.flush()
    attackers.write(last)
    index.flush(last.block)
  }

  return {
    apply: (events) => {
      let last: FoldedEvent | undefined
      for (const decoded of events) {
        if (!isFolded(decoded)) continue
        const { recorded } = decoded
        const event = index.next(recorded)
        const isCapture = decoded.type === "credential.captured"
        if (last !== undefined && (!isCapture || event.block !== last.block)) write(last)
        last = event
        switch (decoded.type) {
          case "credential.captured":
            takeCapture(decoded.data, recorded, event)
            break
          case "attacker.identified":
            index.record(event)
            storedFindings.identify(decoded.data, recorded, event)
            entities.forgetAttackers()
            write(event)
            break
          case "reuse.policy.changed":
            index.record(event)
            policy = decoded.data.policy
            recordPolicy(db, decoded.data, recorded, event.ordinal)
            storedFindings.judgeUnder(decoded.data, recorded, event)
            write(event)
            break
          default:
            index.record(event)
            recordTriage(decoded, event.ordinal)
        }
      }
      if (last !== undefined) write(last)
      outbox.flush()
    },
    moved: (last) => setLastEvent(db, last),
  }
}
