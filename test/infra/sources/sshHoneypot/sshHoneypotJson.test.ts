import { describe, expect, it } from "vitest"
import { sshHoneypot } from "../../../../src/infra/sources/sshHoneypot/sshHoneypot.ts"
import { sshHoneypotJson } from "../../../../src/infra/sources/sshHoneypot/sshHoneypotJson.ts"
import { capturesOf, outcomesOf } from "../parsed.ts"

const auth = {
  event: "ssh-honeypot-auth",
  time: Date.UTC(2026, 2, 3, 4, 5, 6) / 1000,
  host: "edge-x",
  client: "192.0.2.7",
  user: "root",
  pass: "plinth",
}

describe("ssh-honeypot's JSON log", () => {
  it("comes to the same captures as its text log, but for the host that it names", () => {
    const text = "[Tue Mar  3 04:05:06 2026] 192.0.2.7 root plinth"
    const [first, second] = capturesOf(sshHoneypotJson, auth, auth)
    const [fromText, secondFromText] = capturesOf(sshHoneypot, text, text)
    expect({ ...first, sensor: null }).toEqual(fromText)
    expect({ ...second, sensor: null }).toEqual(secondFromText)
    expect(first?.sensor).toBe("edge-x")
  })

  it("passes over other events, and rejects what is broken", () => {
    expect(
      outcomesOf(
        sshHoneypotJson,
        { ...auth, event: "ssh-honeypot-session" },
        { ...auth, event: undefined },
        { ...auth, pass: undefined },
        { ...auth, pass: 1234 },
        { ...auth, pass: [] },
        { ...auth, time: "soon" },
      ),
    ).toEqual([0, "missing-field", "missing-field", 1, "wrong-type", "bad-timestamp"])
  })
})
