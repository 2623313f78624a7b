import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { decodeEvent, PoisonEvent } from "../../../src/domain/event/codec.ts"
import {
  addedListLimit,
  eventSchemas,
  type RecordedEvent,
  schemaVersion,
} from "../../../src/domain/event/events.ts"
import { type EventId, mintedAttackerUuid, vectorId } from "../../../src/domain/event/ids.ts"
import type { Position } from "../../../src/domain/event/position.ts"
import { upcast } from "../../../src/domain/event/upcast.ts"
import { defaultPolicy } from "../../../src/domain/finding/policy.ts"
import { vectorText } from "../../../src/domain/session/vectorText.ts"

const at = "2031-01-03T04:05:06.000007Z"
const attackerUuid = mintedAttackerUuid("192.0.2.1")

const recorded = (type: string, data: unknown, metadata: unknown = { schemaVersion }) =>
  ({
    position: "0000000000000007" as Position, // as a log would give it
    stream: "capture-test",
    revision: 6,
    id: "2ed6657d-e927-568b-95e1-2665a8aea6a2" as EventId, // a UUIDv5
    type,
    recordedAt: 0,
    data,
    metadata,
  }) satisfies RecordedEvent

const examples = {
  "credential.captured": {
    observedAt: at,
    decky: "decky-01",
    service: "ssh",
    attackerIp: "192.0.2.1",
    sessionId: null,
    principal: "root",
    secret: null,
    outcome: "failure",
    fields: { client: "x" },
  },
  "attacker.observed": { observedAt: at, attackerIp: "192.0.2.1", attackerUuid },
  "attacker.identified": { identifiedAt: at, attackerIp: "192.0.2.1", attackerUuid },
  "credential.reuse.detected": {
    findingId: attackerUuid,
    change: "opened",
    version: 1,
    observedAt: at,
    secretKind: "plaintext",
    secretDigest: "a0".repeat(32),
    principal: "root",
    addedTargets: [{ decky: "decky-01", service: "ssh" }],
    addedTargetCount: 2,
    addedAttackers: [{ ip: "192.0.2.1", uuid: attackerUuid }],
    addedAttackerCount: 1,
    addedAttackerUuids: [],
    targetCount: 2,
    attackerCount: 1,
    attemptCount: 2,
    firstSeen: at,
    lastSeen: at,
    confidence: 1,
  },
  "credential.reuse.closed": {
    findingId: attackerUuid,
    change: "closed",
    version: 2,
    observedAt: at,
    secretKind: "plaintext",
    secretDigest: "a0".repeat(32),
    principal: "root",
    addedTargets: [],
    addedTargetCount: 0,
    addedAttackers: [],
    addedAttackerCount: 0,
    addedAttackerUuids: [],
    targetCount: 2,
    attackerCount: 1,
    attemptCount: 2,
    firstSeen: at,
    lastSeen: at,
    reason: "min-targets",
  },
  "reuse.policy.changed": { changedAt: at, policy: defaultPolicy },
  "attacker.fingerprinted": {
    observedAt: at,
    decky: "decky-01",
    service: "ssh",
    attackerIp: "192.0.2.1",
    sessionId: "5e55104a",
    vectorId: vectorId("decky-01", "5e55104a"),
    kind: "session_timing",
    extractorVersion: 1,
    metric: "l2",
    dimension: 2,
    vector: vectorText(new Float32Array([0.1, -2])),
    madeFrom: { gaps: [0.5, 2], note: ["x"] },
  },
  "readmodel.difference.accepted": {
    acceptedAt: "2031-02-03T04:05:06.000000Z",
    acceptedBy: "kim@watch-01",
    reason: "edited by hand",
    generation: 3,
    position: "0000000000000042",
    tables: [{ table: "credentials", liveRows: 2, rebuiltRows: 3, differingRows: 1 }],
  },
  "keys.bound": { boundAt: "2031-02-03T04:05:06.000000Z", indexKeyId: "0011223344556677" },
  "secret.revealed": {
    revealedAt: "2031-02-03T04:05:06.000000Z",
    by: "kim",
    command: "findings",
    reason: "an incident",
    digests: ["ab".repeat(32)],
    digestCount: 1,
  },
  "secret.erased": {
    erasedAt: "2031-02-03T04:05:06.000000Z",
    by: "kim",
    command: "erase",
    digests: ["ab".repeat(32)],
    digestCount: 1,
  },
  "keeping.ended": {
    endedAt: "2031-02-03T04:05:06.000000Z",
    by: "kim",
    command: "ingest",
    kept: "secrets",
  },
  "finding.acknowledged": { findingId: attackerUuid, decidedAt: at, by: "ana@north" },
  "finding.muted": {
    findingId: attackerUuid,
    decidedAt: at,
    by: "ana@north",
    reason: "ours",
    until: at,
  },
  "finding.unmuted": { findingId: attackerUuid, decidedAt: at, by: "ana@north" },
  "finding.noted": { findingId: attackerUuid, decidedAt: at, by: "ana@north", note: "seen" },
  "finding.labelled": { findingId: attackerUuid, decidedAt: at, by: "ana@north", label: "botnet" },
  "finding.unlabelled": {
    findingId: attackerUuid,
    decidedAt: at,
    by: "ana@north",
    label: "botnet",
  },
}

const reasonOf = (event: RecordedEvent): string => {
  const decoded = decodeEvent(event)
  if (Result.isSuccess(decoded)) throw new Error("it decodes")
  return decoded.failure.reason
}

describe("decoding a recorded event", () => {
  it.each(Object.entries(examples))("gives a %s with its data", (type, data) => {
    const event = recorded(type, data)
    expect(decodeEvent(event)).toEqual(Result.succeed({ type, data, recorded: event }))
  })

  it("knows every type that this version writes", () => {
    expect(Object.keys(examples)).toEqual(Object.keys(eventSchemas))
  })

  it.each(["attacker.unheard", "", "credential", "constructor", "__proto__", "toString"])(
    "skips a type it does not know: '%s'",
    (type) => {
      expect(decodeEvent(recorded(type, {}))).toEqual(Result.succeed(undefined))
    },
  )

  it.each([undefined, null, "raw text that is no JSON", 7, [], {}])(
    "says that data is broken where it is %j",
    (data) => {
      const decoded = decodeEvent(recorded("credential.captured", data))
      expect(Result.isFailure(decoded) && decoded.failure).toBeInstanceOf(PoisonEvent)
    },
  )

  it("says of a poison event where it stands and what is wrong with it", () => {
    const captured = { ...examples["credential.captured"], decky: 7 }
    const decoded = decodeEvent(recorded("credential.captured", captured))
    if (Result.isSuccess(decoded)) throw new Error("it decodes")
    expect(decoded.failure).toMatchObject({
      position: "0000000000000007",
      eventId: "2ed6657d-e927-568b-95e1-2665a8aea6a2",
      type: "credential.captured",
      stream: "capture-test",
      revision: 6,
    })
    expect(decoded.failure.reason).toContain("decky")
    expect(decoded.failure.message).toContain("2ed6657d-e927-568b-95e1-2665a8aea6a2")
  })

  it("names what is missing", () => {
    const { service: _, ...without } = examples["credential.captured"]
    expect(reasonOf(recorded("credential.captured", without))).toContain("service")
  })

  it("leaves out what it does not know, so that later versions may say more", () => {
    const data = { ...examples["attacker.observed"], country: "nowhere" }
    const decoded = decodeEvent(recorded("attacker.observed", data))
    expect(Result.isSuccess(decoded) && decoded.success?.data).toEqual(
      examples["attacker.observed"],
    )
  })

  it("does not need metadata", () => {
    for (const metadata of [undefined, null, "none", {}]) {
      const event = recorded("attacker.observed", examples["attacker.observed"], metadata)
      expect(Result.isSuccess(decodeEvent(event))).toBe(true)
    }
  })
})

describe("bringing old events into today's shape", () => {
  it("leaves those of the first version, today's, as they are", () => {
    const data = examples["credential.captured"]
    expect(upcast("credential.captured", data, { schemaVersion })).toBe(data)
  })
})

describe("a list of what was added", () => {
  it("is cut where the documentation says", () => {
    expect(addedListLimit).toBe(50)
  })
})
