import { describe, expect, it } from "vitest"
import { cowrieHpfeeds } from "../../../../src/infra/sources/cowrie/cowrieHpfeeds.ts"
import { capturesOf, outcomesOf, sessionsOf } from "../parsed.ts"

const session = {
  session: "a1b2c3d4e5f6",
  startTime: "2026-03-01T10:00:00.000000Z",
  peerIP: "198.51.100.7",
  protocol: "telnet",
  version: "b'SSH-2.0-Go'",
  loggedin: ["oracle", "orchid"],
  credentials: [
    ["root", "plinth"],
    ["root", "plinth"],
  ],
}

describe("sessions that Cowrie publishes", () => {
  it("are captures of what failed and of what let in, at the time of the session", () => {
    const read = capturesOf(cowrieHpfeeds, session)
    expect(read).toMatchObject([
      { principal: "root", secret: ["plaintext", "plinth"], outcome: "failure" },
      { principal: "root", secret: ["plaintext", "plinth"], outcome: "failure", sequence: 1 },
      { principal: "oracle", secret: ["plaintext", "orchid"], outcome: "success" },
    ])
    expect(read[0]).toMatchObject({
      observedAt: "2026-03-01T10:00:00.000000Z",
      service: "telnet",
      attackerIp: "198.51.100.7",
      sessionId: "a1b2c3d4e5f6",
      fields: { clientVersion: "SSH-2.0-Go" },
    })
    expect(sessionsOf(cowrieHpfeeds, session)).toMatchObject([{ ended: true }])
  })

  it("without an attempt hold no capture; without what they need they are rejected", () => {
    expect(
      outcomesOf(
        cowrieHpfeeds,
        { ...session, credentials: [], loggedin: null },
        { ...session, credentials: undefined },
        { ...session, credentials: ["root"] },
        { ...session, startTime: "yesterday" },
      ),
    ).toEqual([0, "missing-field", "wrong-type", "bad-timestamp"])
  })
})
