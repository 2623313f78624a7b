import type { Capture, Outcome } from "../../src/domain/capture/capture.ts"
import {
  type DecodedEvent,
  type RecordedEvent,
  schemaVersion,
} from "../../src/domain/event/events.ts"
import {
  type AttackerUuid,
  captureEventId,
  type EventId,
  type FindingId,
  factEventId,
} from "../../src/domain/event/ids.ts"
import type { Position } from "../../src/domain/event/position.ts"
import {
  parseTimestamp,
  type Timestamp,
  timestampFromMillis,
} from "../../src/domain/event/timestamp.ts"
import { defaultPolicy, type ReusePolicy } from "../../src/domain/finding/policy.ts"
import { plaintext } from "../../src/domain/secret/secret.ts"
import type { TriageEvent } from "../../src/projections/reuse/triageRows.ts"
import { secretOf } from "../support/sealing.ts"

/** What a test says about a capture; what it leaves out is the same for all. */
export interface CaptureOptions {
  readonly decky?: string
  readonly service?: string
  readonly ip?: string | null
  readonly principal?: string | null
  /** `null` is an attempt without a secret. */
  readonly password?: string | Uint8Array | null
  readonly kind?: string
  /** Any ISO time; without one, a second after the event built before. */
  readonly at?: string
  readonly outcome?: Outcome | null
  readonly sessionId?: string | null
  readonly fields?: Readonly<Record<string, string>>
}

const start = Date.UTC(2031, 1, 3)

/** Builds events that follow each other in one log, from its beginning. */
export const newHistory = () => {
  let built = 0

  /** A capture as a log gives it back, with the id it really has, after all events built before. */
  const captured = (options: CaptureOptions = {}): DecodedEvent => {
    const observedAt = nextTime(options.at)
    const { password = "orchid-seven", principal = "root" } = options
    const data: Capture = {
      observedAt,
      decky: options.decky ?? "decky-01",
      service: options.service ?? "ssh",
      attackerIp: options.ip === undefined ? "192.0.2.1" : options.ip,
      sessionId: options.sessionId ?? null,
      principal,
      secret:
        password === null
          ? null
          : secretOf(options.kind ?? plaintext, Buffer.from(password as Uint8Array), principal), // `from` takes either
      outcome: options.outcome ?? null,
      sequence: built,
      fields: options.fields ?? {},
    }
    const type = "credential.captured"
    return { type, data, recorded: recorded(type, "capture-test", captureEventId(data), data) }
  }

  /** Somebody outside says whose address it is. */
  const identified = (options: {
    readonly ip: string
    readonly uuid: string
    readonly at?: string
  }): DecodedEvent => {
    const type = "attacker.identified"
    const data = {
      identifiedAt: nextTime(options.at),
      attackerIp: options.ip,
      attackerUuid: options.uuid as AttackerUuid, // tests give UUIDs
    }
    const id = factEventId(type, options.ip, options.uuid)
    return { type, data, recorded: recorded(type, `attacker-${options.ip}`, id, data) }
  }

  /** The policy is changed to the default one with these differences. */
  const policyChanged = (differences: Partial<ReusePolicy>, at?: string): DecodedEvent => {
    const type = "reuse.policy.changed"
    const data = { changedAt: nextTime(at), policy: { ...defaultPolicy, ...differences } }
    const id = factEventId(type, data.changedAt)
    return { type, data, recorded: recorded(type, "policy-reuse", id, data) }
  }

  /** An analyst decides something about a finding. */
  const triaged = <Said extends Pick<TriageEvent, "type"> & { readonly findingId: FindingId }>(
    { type, ...said }: Said,
    at?: string,
  ): DecodedEvent => {
    const data = { ...said, decidedAt: nextTime(at), by: "ana@north" }
    const id = factEventId(type, said.findingId, String(built))
    return {
      type,
      data,
      recorded: recorded(type, `triage-${said.findingId}`, id, data),
    } as DecodedEvent // the test says what belongs to the type
  }

  const nextTime = (at: string | undefined): Timestamp => {
    built++
    const timestamp = at === undefined ? timestampFromMillis(start + built * 1000) : time(at)
    if (timestamp === undefined) throw new Error("the test has run out of time")
    return timestamp
  }

  const recorded = (type: string, stream: string, id: EventId, data: unknown): RecordedEvent => ({
    position: String(built).padStart(16, "0") as Position, // ordered as text, like every position
    stream,
    revision: built - 1,
    id,
    type,
    recordedAt: start + built,
    data,
    metadata: { schemaVersion, source: { file: "test.log", line: built } },
  })

  return { captured, identified, policyChanged, triaged }
}

/** Events of one log that all tests of a file share. */
export const { captured, identified, policyChanged, triaged } = newHistory()

/** The time in the one spelling that events carry. */
export const time = (text: string): Timestamp => {
  const timestamp = parseTimestamp(text, () => 0)
  if (timestamp === undefined) throw new Error(`not a time: ${text}`)
  return timestamp
}
