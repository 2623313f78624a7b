import { describe, expect, it } from "vitest"
import { sshesame } from "../../../../src/infra/sources/sshesame/sshesame.ts"
import { capturesOf, outcomesOf, sessionsOf } from "../parsed.ts"

const source = "192.0.2.7:41000"
const json = (event_type: string, event: Readonly<Record<string, unknown>>) => ({
  time: "2026-03-01T10:00:01Z",
  source,
  event_type,
  event,
})
const text = (message: string) => `2026/03/01 10:00:01 [${source}] ${message}`
const fingerprint = `SHA256:${"A".repeat(43)}`

describe("sshesame", () => {
  it("makes the same capture of an attempt in its JSON log and its text log", () => {
    const expected = [
      {
        observedAt: "2026-03-01T10:00:01.000000Z",
        sensor: null,
        service: "ssh",
        attackerIp: "192.0.2.7",
        sessionId: source,
        principal: "root",
        secret: ["plaintext", 'pl"inth'],
        outcome: "failure",
        fields: {},
      },
    ]
    const event = { user: "root", password: 'pl"inth', accepted: false }
    expect(capturesOf(sshesame, json("password_auth", event))).toEqual(expected)
    const line = String.raw`authentication for user "root" with password "pl\"inth" rejected`
    expect(capturesOf(sshesame, text(line))).toEqual(expected)
  })

  it("knows a public key by its fingerprint, and the last answer to questions", () => {
    const key = json("public_key_auth", { user: "root", public_key: fingerprint, accepted: true })
    expect(capturesOf(sshesame, key)).toMatchObject([
      { secret: ["ssh_public_key", ""], outcome: "success" },
    ])
    const answers = json("keyboard_interactive_auth", { user: "u", answers: ["1234", "plinth"] })
    expect(capturesOf(sshesame, answers)).toMatchObject([{ secret: ["plaintext", "plinth"] }])
    expect(
      capturesOf(
        sshesame,
        text('authentication for user "u" with keyboard interactive answers ["a" "b"] accepted'),
      ),
    ).toMatchObject([{ secret: ["plaintext", "b"], outcome: "success" }])
  })

  it("takes no authentication for an attempt only where it was enough", () => {
    expect(
      outcomesOf(
        sshesame,
        json("no_auth", { user: "u", accepted: false }),
        json("no_auth", { user: "u", accepted: true }),
      ),
    ).toEqual([0, 1])
  })

  it("tells equal attempts of one second apart", () => {
    const same = json("password_auth", { user: "u", password: "p" })
    expect(capturesOf(sshesame, same, same).map(({ sequence }) => sequence ?? 0)).toEqual([0, 1])
  })

  it("tells of sessions", () => {
    expect(
      sessionsOf(
        sshesame,
        text('connection with client version "SSH-2.0-Go" established'),
        json("exec", { command: "uname -a" }),
        text("connection closed"),
      ),
    ).toMatchObject([{ clientVersion: "SSH-2.0-Go" }, { command: "uname -a" }, { ended: true }])
  })

  it("rejects what is broken", () => {
    expect(
      outcomesOf(
        sshesame,
        "some words",
        { time: "x", source },
        json("password_auth", { user: "u", password: {} }),
        { ...json("password_auth", { user: "u", password: "p" }), time: "then" },
      ),
    ).toEqual(["not-a-record", "missing-field", "wrong-type", "bad-timestamp"])
  })
})
