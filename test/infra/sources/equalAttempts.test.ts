import { describe, expect, it } from "vitest"
import { captureEventId } from "../../../src/domain/event/ids.ts"
import { parseTimestamp } from "../../../src/domain/event/timestamp.ts"
import { triedSecret } from "../../../src/domain/secret/secret.ts"
import { attemptKey, numbered } from "../../../src/infra/sources/equalAttempts.ts"
import type { CaptureDraft } from "../../../src/infra/sources/SourceAdapter.ts"
import { sealedDraft } from "../../support/sealing.ts"

const observedAt = parseTimestamp("2026-02-03 04:05:06.700000", () => 0)
if (observedAt === undefined) throw new Error("the fixture's time is none")

const draft: CaptureDraft = {
  observedAt,
  sensor: null,
  service: "ssh",
  attackerIp: "192.0.2.7",
  sessionId: "s1",
  principal: "admin",
  secret: triedSecret("plaintext", Buffer.from("hunter0")),
  outcome: "failure",
  fields: {},
}
const other = { ...draft, principal: "guest" }

describe("numbered", () => {
  it("numbers equal attempts in their order, the first without a number", () => {
    const sequences = numbered([draft, other, draft, draft, other]).map(({ sequence }) => sequence)
    expect(sequences).toEqual([undefined, undefined, 1, 2, 1])
    expect("sequence" in (numbered([draft, other])[0] ?? {})).toBe(false)
  })
})

describe("attemptKey", () => {
  const variants: ReadonlyArray<readonly [string, CaptureDraft]> = [
    ["the service within a session", { ...draft, service: "telnet" }],
    ["the service without a session", { ...draft, sessionId: null, service: "telnet" }],
    ["another session", { ...draft, sessionId: "s2" }],
    ["another address", { ...draft, attackerIp: "192.0.2.8" }],
    ["another principal", other],
    ["an absent secret", { ...draft, secret: null }],
    ["another kind", { ...draft, secret: triedSecret("ntlmssp_v2", Buffer.from("hunter0")) }],
    ["a field", { ...draft, fields: { sourcePort: "1" } }],
  ]

  it.each(variants)("differs exactly where the event's id differs: %s", (_, variant) => {
    const base = variant.sessionId === null ? { ...draft, sessionId: null } : draft
    const id = (one: CaptureDraft) => captureEventId({ ...sealedDraft(one), decky: "d" })
    expect(attemptKey(variant) === attemptKey(base)).toBe(id(variant) === id(base))
  })

  it("takes an absent principal for an empty one", () => {
    expect(attemptKey({ ...draft, principal: null })).toBe(attemptKey({ ...draft, principal: "" }))
  })
})
