import { describe, expect, it } from "vitest"
import { parseTimestamp, type Timestamp } from "../../../src/domain/event/timestamp.ts"
import type { Fingerprint } from "../../../src/domain/session/fingerprint.ts"
import { OpenSessions } from "../../../src/infra/ingest/OpenSessions.ts"
import type { SessionWord } from "../../../src/infra/sources/SourceAdapter.ts"

const time = (seconds: number): Timestamp => {
  const text = new Date(Date.UTC(2026, 2, 1) + seconds * 1000).toISOString()
  const at = parseTimestamp(text, () => 0)
  if (at === undefined) throw new Error(text)
  return at
}
const word = (
  sessionId: string,
  seconds: number,
  said: Partial<SessionWord> = {},
): SessionWord => ({
  ...{ sensor: null, sessionId, at: time(seconds), attackerIp: "192.0.2.5", service: "ssh" },
  ...said,
})
const command = (sessionId: string, seconds: number, text = `say ${seconds} now and then`) =>
  word(sessionId, seconds, { command: text })
const kindsOf = (fingerprints: ReadonlyArray<Fingerprint>) => fingerprints.map(({ kind }) => kind)
/** As they come back from where they are recorded: in the order of their names. */
const stored = (sessions: OpenSessions) =>
  new OpenSessions(sessions.changes().open.toSorted((a, b) => (a.session < b.session ? -1 : 1)))
const hour = 3600

describe("open sessions", () => {
  it("are over when the log says so, and then are fingerprinted", () => {
    const sessions = new OpenSessions([])
    for (let n = 0; n < 6; n++) expect(sessions.hear("trap", command("a", n))).toEqual([])
    const over = sessions.hear("trap", word("a", 7, { ended: true }))
    expect(kindsOf(over)).toEqual(["cmd_ngram", "session_timing"])
    expect(over[0]).toMatchObject({
      ...{ observedAt: time(0), decky: "trap", service: "ssh", attackerIp: "192.0.2.5" },
      ...{ sessionId: "a" },
    })
    expect(sessions.hear("trap", word("a", 7, { ended: true }))).toEqual([])
  })

  it("are over when the log has gone on for an hour without them, and not before", () => {
    const sessions = new OpenSessions([])
    sessions.hear("trap", command("a", 0))
    expect(sessions.hear("trap", word("b", hour))).toEqual([])
    expect(kindsOf(sessions.hear("trap", word("b", hour + 1)))).toEqual(["cmd_ngram"])
  })

  it("are over, too, where the log's clock jumps back, and go on from there", () => {
    const sessions = new OpenSessions([])
    sessions.hear("trap", command("a", 100 * hour))
    expect(kindsOf(sessions.hear("trap", command("b", 0)))).toEqual(["cmd_ngram"])
    expect(sessions.hear("trap", command("b", 1))).toEqual([])
  })

  it("count once what is told twice", () => {
    const [once, twice] = [new OpenSessions([]), new OpenSessions([])]
    for (let n = 0; n < 6; n++) {
      once.hear("trap", command("a", n))
      twice.hear("trap", command("a", n))
    }
    for (let n = 0; n < 6; n++) twice.hear("trap", command("a", n))
    const end = word("a", 7, { ended: true })
    expect(twice.hear("trap", end)).toEqual(once.hear("trap", end))
  })

  it("go on from what was recorded as if nothing had been", () => {
    const whole = new OpenSessions([])
    let cut = new OpenSessions([])
    for (let n = 0; n < 6; n++) {
      for (const id of ["a", "b"]) {
        whole.hear("trap", command(id, n))
        cut.hear("trap", command(id, n))
      }
      cut = stored(cut)
      for (const id of ["a", "b"]) cut.hear("trap", word(id, n))
    }
    const end = word("b", 7, { ended: true })
    expect(cut.hear("trap", end)).toEqual(whole.hear("trap", end))
  })

  it("are over in the order in which they were last heard of, also after they were recorded", () => {
    let sessions = new OpenSessions([])
    sessions.hear("trap", command("z", 0))
    sessions.hear("trap", command("a", hour / 2))
    sessions = stored(sessions)
    const over = sessions.hear("trap", word("other", hour + 1))
    expect(over.map(({ sessionId }) => sessionId)).toEqual(["z"])
  })

  it("are recorded when they have changed, and forgotten when they are over", () => {
    const sessions = new OpenSessions([])
    sessions.hear("trap", command("a", 0))
    sessions.hear("trap", command("b", 0))
    sessions.hear("trap", word("b", 1, { ended: true }))
    expect(sessions.changes()).toMatchObject({ open: [{ session: "trap\na" }], over: [] })
    sessions.saved()
    expect(sessions.changes()).toEqual({ open: [], over: [] })
    sessions.hear("trap", word("a", 1, { ended: true }))
    expect(sessions.changes()).toEqual({ open: [], over: ["trap\na"] })
  })

  it("of two hosts may have the same id", () => {
    const sessions = new OpenSessions([])
    sessions.hear("one", command("a", 0))
    sessions.hear("two", command("a", 0))
    const [first] = sessions.hear("one", word("a", 1, { ended: true }))
    const [second] = sessions.hear("two", word("a", 1, { ended: true }))
    expect(first?.vector).toBe(second?.vector)
    expect(first?.vectorId).not.toBe(second?.vectorId)
  })

  it("keep no more than so much of a long session", () => {
    const sessions = new OpenSessions([])
    for (let n = 0; n < 5000; n++)
      sessions.hear("trap", command("a", n, `${"word ".repeat(900)}${n}`))
    const [{ facts } = { facts: "" }] = sessions.changes().open
    expect(facts.length).toBeLessThan(64 * 1024)
  })

  it("keep no more than so much of all, and end the oldest where it is more", () => {
    const sessions = new OpenSessions([])
    const over: Array<Fingerprint> = []
    const long = "w ".repeat(512)
    for (let n = 0; n < 3500; n++)
      over.push(...sessions.hear("trap", command(`s${n}`, n / 10, long)))
    expect(over.length).toBeGreaterThan(1000)
    expect(over.map(({ sessionId }) => sessionId)).toEqual(over.map((_, n) => `s${n}`))
  })
})
