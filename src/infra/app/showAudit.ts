import * as Effect from "effect/Effect"
import { decodeEvent } from "../../domain/event/codec.ts"
import type { DecodedEvent, EventType, Kept } from "../../domain/event/events.ts"
import type { Position } from "../../domain/event/position.ts"
import type { Timestamp } from "../../domain/event/timestamp.ts"
import { EventLog } from "../eventlog/EventLog.ts"
import type { Answer } from "./Answer.ts"

/** What people did, as opposed to what was captured and what follows from it. */
const acts = [
  "secret.revealed",
  "secret.erased",
  "keeping.ended",
  "reuse.policy.changed",
  "attacker.identified",
  "readmodel.difference.accepted",
  "keys.bound",
  "finding.acknowledged",
  "finding.muted",
  "finding.unmuted",
] as const satisfies ReadonlyArray<EventType>

type ActEvent = Extract<DecodedEvent, { readonly type: (typeof acts)[number] }>

/** One act: when, who and why as far as the event says it, and how much it was about. */
export interface AuditEntry {
  readonly at: Timestamp
  readonly type: ActEvent["type"]
  readonly by: string | null
  readonly command: string | null
  readonly reason: string | null
  /** What it was about, in a few words. */
  readonly subject: string
  readonly position: string
  readonly eventId: string
}

/** A page of what people did, the last first. */
export const showAudit = Effect.fn("showAudit")(function* ({ limit }: { readonly limit: number }) {
  const log = yield* EventLog
  const entries: Array<AuditEntry> = []
  let from: Position | undefined
  while (entries.length < limit) {
    const events = yield* log.readAll({
      direction: "backwards",
      limit: limit - entries.length,
      types: acts,
      ...(from === undefined ? {} : { from }),
    })
    if (events.length === 0) break
    for (const event of events) {
      const decoded = decodeEvent(event)
      if (decoded._tag === "Success" && isAct(decoded.success)) {
        entries.push(entryOf(decoded.success))
      }
    }
    from = events.at(-1)?.position
  }
  return { answer: { entries }, warnings: [] } satisfies Answer<{
    readonly entries: ReadonlyArray<AuditEntry>
  }>
})

const isAct = (event: DecodedEvent | undefined): event is ActEvent =>
  event !== undefined && (acts as ReadonlyArray<string>).includes(event.type) // any text may be asked for

const entryOf = (event: ActEvent): AuditEntry => {
  const { position, id } = event.recorded
  const nobody = { by: null, command: null, reason: null }
  const shared = { type: event.type, position, eventId: id }
  switch (event.type) {
    case "secret.revealed":
    case "secret.erased": {
      const { by, command, reason = null, digestCount } = event.data
      const at = "revealedAt" in event.data ? event.data.revealedAt : event.data.erasedAt
      const subject = digestCount === 0 ? "rejected lines" : `${digestCount} secrets`
      return { at, ...shared, by, command, reason, subject }
    }
    case "keeping.ended": {
      const { endedAt: at, by, command, kept } = event.data
      return { at, ...shared, by, command, reason: null, subject: `no ${keptText[kept]} are kept` }
    }
    case "reuse.policy.changed":
      return {
        at: event.data.changedAt,
        ...shared,
        ...nobody,
        subject: `at least ${event.data.policy.minTargets} targets`,
      }
    case "attacker.identified":
      return {
        at: event.data.identifiedAt,
        ...shared,
        ...nobody,
        subject: `${event.data.attackerIp} is ${event.data.attackerUuid}`,
      }
    case "readmodel.difference.accepted": {
      const { acceptedAt: at, acceptedBy: by, reason, generation } = event.data
      return { at, ...shared, ...nobody, by, reason, subject: `generation ${generation}` }
    }
    case "finding.acknowledged":
    case "finding.muted":
    case "finding.unmuted": {
      const { decidedAt: at, by, findingId } = event.data
      const reason = event.type === "finding.muted" ? event.data.reason : null
      return { at, ...shared, by, command: null, reason, subject: `finding ${findingId}` }
    }
    case "keys.bound":
      return {
        at: event.data.boundAt,
        ...shared,
        ...nobody,
        subject: `index key ${event.data.indexKeyId}`,
      }
  }
}

const keptText = {
  secrets: "bytes of secrets",
  "mail-addresses": "mail addresses",
} as const satisfies Record<Kept, string>
