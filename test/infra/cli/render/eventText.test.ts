import { describe, expect, it } from "vitest"
import type { EventType, RecordedEvent } from "../../../../src/domain/event/events.ts"
import type { Position } from "../../../../src/domain/event/position.ts"
import { defaultPolicy } from "../../../../src/domain/finding/policy.ts"
import { eventJson, eventText } from "../../../../src/infra/cli/render/eventText.ts"
import { secretOf } from "../../../support/sealing.ts"

const uuid = "7d2a4f10-9f0e-4c3b-8d55-0a1b2c3d4e5f"
const at = "2026-03-02T08:00:00.000000Z"

const recorded = (type: EventType | "nobody.knows", data: unknown): RecordedEvent => ({
  position: "0000000000000007" as Position, // as a log gives it
  stream: "a-stream",
  revision: 3,
  id: uuid as RecordedEvent["id"], // a UUID
  type,
  recordedAt: Date.UTC(2031, 0, 1),
  data,
  metadata: { schemaVersion: 1 },
})

const capture = {
  observedAt: at,
  decky: "gate-1",
  service: "ssh",
  attackerIp: "192.0.2.7",
  sessionId: null,
  principal: "root",
  secret: secretOf("plaintext", Buffer.from("tulip-bulb")),
  outcome: "failure",
  fields: { banner: "tulip-bulb!", port: "22" },
}

const reuse = {
  findingId: uuid,
  change: "grew",
  version: 4,
  observedAt: at,
  secretKind: "plaintext",
  secretDigest: "ab".repeat(32),
  principal: "root",
  addedTargets: [{ decky: "gate-1", service: "ssh" }],
  addedTargetCount: 1,
  addedAttackers: [],
  addedAttackerCount: 2,
  addedAttackerUuids: [],
  targetCount: 3,
  attackerCount: 5,
  attemptCount: 9,
  firstSeen: at,
  lastSeen: at,
  confidence: 1,
}

const head = (type: string) => `0000000000000007  2026-03-02 08:00:00  ${type}  `

describe("an event on a line for people", () => {
  const line = (type: EventType, data: unknown) => eventText(recorded(type, data))

  it("says who tried what where, with the answer", () => {
    expect(line("credential.captured", capture)).toBe(
      `${head("credential.captured")}192.0.2.7 tried gate-1 ssh (failure) as "root" with •••••• (8-15)`,
    )
    const revealed = { ...capture, secret: { ...capture.secret, printable: "tulip-bulb" } }
    expect(line("credential.captured", revealed)).toMatch(/ with tulip-bulb$/)
  })

  it("says what the log does not say", () => {
    const silent = { ...capture, attackerIp: null, principal: null, secret: null, outcome: null }
    expect(line("credential.captured", silent)).toBe(
      `${head("credential.captured")}(unknown) tried gate-1 ssh as (none) with (none)`,
    )
  })

  it("quotes a principal, which cannot pass for the rest of the line", () => {
    const forged = { ...capture, principal: 'root" with x\n\u001b[2J' }
    expect(line("credential.captured", forged)).toContain(
      ' as "root\\" with x\\n\\u001b[2J" with ••••••',
    )
  })

  it("says what a finding grew by, and what it has come to", () => {
    expect(line("credential.reuse.detected", reuse)).toBe(
      `${head("credential.reuse.detected")}finding 7d2a4f10 grew (version 4): target gate-1 ssh, 2 attackers; now 3 targets, 5 attackers, 9 attempts; plaintext abababababab as "root"`,
    )
  })

  it("says whose address it is, and which policy is in force", () => {
    const who = { attackerIp: "192.0.2.7", attackerUuid: uuid }
    expect(line("attacker.observed", { ...who, observedAt: at })).toBe(
      `${head("attacker.observed")}192.0.2.7 is new, ${uuid}`,
    )
    expect(line("attacker.identified", { ...who, identifiedAt: at })).toBe(
      `${head("attacker.identified")}192.0.2.7 is ${uuid}`,
    )
    expect(line("reuse.policy.changed", { changedAt: at, policy: defaultPolicy })).toBe(
      `${head("reuse.policy.changed")}min-targets 2, attackers-announced 32, followed-from 16 bits, exclude-empty true, 9 kinds and 0 secrets excluded`,
    )
  })

  it("says whose session was fingerprinted, and the session as the log wrote it", () => {
    const fingerprint = {
      ...{ observedAt: at, decky: "gate-1", service: "ssh", attackerIp: null, sessionId: "a\nb" },
      ...{ vectorId: uuid, kind: "ssh_kex", extractorVersion: 3, metric: "cosine", dimension: 1 },
      ...{ vector: "AACAPw==", madeFrom: {} },
    }
    expect(line("attacker.fingerprinted", fingerprint)).toBe(
      `${head("attacker.fingerprinted")}session "a\\nb" of (unknown) on gate-1 ssh: ssh_kex 1 (version 3)`,
    )
  })

  it("shows other types as JSON, at the time they were recorded", () => {
    expect(eventText(recorded("nobody.knows", { a: "\u202e" }))).toBe(
      '0000000000000007  2031-01-01 00:00:00  nobody.knows  {"a":"\\u202e"}',
    )
    expect(eventText(recorded("nobody.knows", undefined))).toMatch(/ {2}null$/)
  })

  it("shows nothing of a capture that does not decode", () => {
    const broken = { password: "tulip-bulb" }
    expect(line("credential.captured", broken)).toMatch(/ {2}\{"hidden":"does not decode"\}$/)
  })
})

describe("an event as JSON", () => {
  it("holds everything that the log holds", () => {
    expect(JSON.parse(eventJson(recorded("credential.captured", capture)))).toEqual({
      position: "0000000000000007",
      stream: "a-stream",
      revision: 3,
      id: uuid,
      type: "credential.captured",
      recordedAt: "2031-01-01T00:00:00.000Z",
      data: capture,
      metadata: { schemaVersion: 1 },
    })
  })
})
