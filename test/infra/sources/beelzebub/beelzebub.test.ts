import { describe, expect, it } from "vitest"
import { beelzebub } from "../../../../src/infra/sources/beelzebub/beelzebub.ts"
import { capturesOf, outcomesOf } from "../parsed.ts"

const event = {
  DateTime: "2026-03-01T10:00:01Z",
  RemoteAddr: "198.51.100.7:41000",
  SourceIp: "198.51.100.7",
  Protocol: "SSH",
  Status: "Stateless",
  ID: "e1",
  User: "root",
  Password: "plinth",
  Client: "SSH-2.0-Go",
}

describe("beelzebub", () => {
  it("makes a capture of every attempt, in its log or alone", () => {
    const expected = [
      {
        observedAt: "2026-03-01T10:00:01.000000Z",
        sensor: null,
        service: "ssh",
        attackerIp: "198.51.100.7",
        sessionId: "e1",
        principal: "root",
        secret: ["plaintext", "plinth"],
        outcome: "failure",
        fields: { clientVersion: "SSH-2.0-Go" },
      },
    ]
    expect(capturesOf(beelzebub, { event, level: "info", msg: "New Event" })).toEqual(expected)
    expect(capturesOf(beelzebub, event)).toEqual(expected)
  })

  it("takes the address from the remote end where no other is named", () => {
    const { SourceIp: _, ...older } = event
    expect(capturesOf(beelzebub, older)).toMatchObject([{ attackerIp: "198.51.100.7" }])
  })

  it("passes over what repeats a login or holds none, and rejects what is broken", () => {
    expect(
      outcomesOf(
        beelzebub,
        { ...event, Status: "Interaction" },
        { ...event, Password: "" },
        { ...event, User: {} },
        { ...event, DateTime: "then" },
      ),
    ).toEqual([0, 0, "wrong-type", "bad-timestamp"])
  })
})
