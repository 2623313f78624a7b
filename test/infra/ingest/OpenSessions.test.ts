import { randomUUID } from "node:crypto"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { describe, expect, it } from "vitest"
import type { Capture } from "../../../src/domain/capture/capture.ts"
import { parseTimestamp, type Timestamp } from "../../../src/domain/event/timestamp.ts"
import type { Fingerprint } from "../../../src/domain/session/fingerprint.ts"
import type { StoredSession } from "../../../src/infra/ingest/IngestStore.ts"
import {
  type OpenSessionMemory,
  OpenSessions,
  type OpenSessionsOptions,
} from "../../../src/infra/ingest/OpenSessions.ts"
import { SessionMemory } from "../../../src/infra/sources/SessionMemory.ts"
import type { SessionWord } from "../../../src/infra/sources/SourceAdapter.ts"
import { digestOf, secretOf } from "../../support/sealing.ts"

const roomy = 1024 * 1024 * 1024

const openSessions = ({
  stored = [],
  memory = new SessionMemory(roomy),
  endsSessions = true,
  onEvicted = () => {},
}: Partial<OpenSessionsOptions & { readonly stored: ReadonlyArray<StoredSession> }> = {}) =>
  new OpenSessions(stored, { memory, endsSessions, onEvicted, digestOf })

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
const login = (n: number): Capture => ({
  observedAt: time(n / 1000),
  ...{ decky: "trap", service: "telnet", attackerIp: `192.0.2.${n % 250}` },
  // As a parser cuts it out of its line, which must not be kept with it.
  ...{
    sessionId: `${randomUUID()}${"x".repeat(2000)}`.slice(0, 36),
    principal: "root",
    outcome: "failure",
    fields: {},
  },
  secret: secretOf("plaintext", Buffer.from(`invented-${n % 2000}`)),
})
const kindsOf = (fingerprints: ReadonlyArray<Fingerprint>) => fingerprints.map(({ kind }) => kind)
/** As they come back from where they are recorded: in the order of their names. */
const stored = (sessions: OpenSessions) =>
  openSessions({
    stored: sessions.changes().open.toSorted((a, b) => (a.session < b.session ? -1 : 1)),
  })
const hour = 3600

describe("open sessions", () => {
  it("are over when the log says so, and then are fingerprinted", () => {
    const sessions = openSessions()
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
    const sessions = openSessions()
    sessions.hear("trap", command("a", 0))
    expect(sessions.hear("trap", word("b", hour))).toEqual([])
    expect(kindsOf(sessions.hear("trap", word("b", hour + 1)))).toEqual(["cmd_ngram"])
  })

  it("are over, too, where the log's clock jumps back, and go on from there", () => {
    const sessions = openSessions()
    sessions.hear("trap", command("a", 100 * hour))
    expect(kindsOf(sessions.hear("trap", command("b", 0)))).toEqual(["cmd_ngram"])
    expect(sessions.hear("trap", command("b", 1))).toEqual([])
  })

  it("count once what is told twice", () => {
    const [once, twice] = [openSessions(), openSessions()]
    for (let n = 0; n < 6; n++) {
      once.hear("trap", command("a", n))
      twice.hear("trap", command("a", n))
    }
    for (let n = 0; n < 6; n++) twice.hear("trap", command("a", n))
    const end = word("a", 7, { ended: true })
    expect(twice.hear("trap", end)).toEqual(once.hear("trap", end))
  })

  it("go on from what was recorded as if nothing had been", () => {
    const whole = openSessions()
    let cut = openSessions()
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
    let sessions = openSessions()
    sessions.hear("trap", command("z", 0))
    sessions.hear("trap", command("a", hour / 2))
    sessions = stored(sessions)
    const over = sessions.hear("trap", word("other", hour + 1))
    expect(over.map(({ sessionId }) => sessionId)).toEqual(["z"])
  })

  it("are recorded when they have changed, and forgotten when they are over", () => {
    const sessions = openSessions()
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
    const sessions = openSessions()
    sessions.hear("one", command("a", 0))
    sessions.hear("two", command("a", 0))
    const [first] = sessions.hear("one", word("a", 1, { ended: true }))
    const [second] = sessions.hear("two", word("a", 1, { ended: true }))
    expect(first?.vector).toBe(second?.vector)
    expect(first?.vectorId).not.toBe(second?.vectorId)
  })

  it("keep no more than so much of a long session", () => {
    const sessions = openSessions()
    for (let n = 0; n < 5000; n++)
      sessions.hear("trap", command("a", n, `${"word ".repeat(900)}${n}`))
    const [{ facts } = { facts: "" }] = sessions.changes().open
    expect(facts.length).toBeLessThan(64 * 1024)
  })

  it("are over after five minutes where the log never says so", () => {
    const sessions = openSessions({ endsSessions: false })
    sessions.hear("trap", command("a", 0))
    expect(sessions.hear("trap", word("b", 300))).toEqual([])
    expect(kindsOf(sessions.hear("trap", word("b", 301)))).toEqual(["cmd_ngram"])
  })

  const long = "w ".repeat(512)

  it("keep no more than so much of all, and end the oldest where it is more", () => {
    let evicted = 0
    const sessions = openSessions({
      memory: new SessionMemory(32 * 1024 * 1024),
      onEvicted: () => evicted++,
    })
    const over: Array<Fingerprint> = []
    for (let n = 0; n < 3500; n++)
      over.push(...sessions.hear("trap", command(`s${n}`, n / 10, long)))
    expect(over.length).toBeGreaterThan(1000)
    expect(over.map(({ sessionId }) => sessionId)).toEqual(over.map((_, n) => `s${n}`))
    expect(evicted).toBe(over.length)
  })

  it("share one memory with those of other sources, and the oldest of all go first", () => {
    const memory: OpenSessionMemory = new SessionMemory(8 * 1024 * 1024)
    const [quiet, busy] = [openSessions({ memory }), openSessions({ memory })]
    for (const id of ["q0", "q1", "q2"]) quiet.hear("quiet", command(id, 0, long))
    const over: Array<Fingerprint> = []
    for (let n = 0; n < 500; n++) over.push(...busy.hear("busy", command(`b${n}`, n, long)))
    expect(quiet.hasEvicted).toBe(true)
    expect(quiet.takeEvicted().map(({ sessionId }) => sessionId)).toEqual(["q0", "q1", "q2"])
    expect(quiet.hasEvicted).toBe(false)
    expect(quiet.changes().open).toEqual([])
    expect(over.map(({ sessionId }) => sessionId)).toEqual(over.map((_, n) => `b${n}`))
    expect(over.length).toBeGreaterThan(200)
  })

  it("leave the memory when their source is read no more", () => {
    const memory: OpenSessionMemory = new SessionMemory(2 * 1024 * 1024)
    const done = openSessions({ memory })
    for (let n = 0; n < 30; n++) done.hear("done", command(`d${n}`, n, long))
    done.close()
    const next = openSessions({ memory })
    for (let n = 0; n < 30; n++) expect(next.hear("next", command(`n${n}`, n, long))).toEqual([])
  })

  it("take no more of the heap than they are reckoned to", () => {
    const limit = 16 * 1024 * 1024
    const sessions = openSessions({ memory: new SessionMemory(limit), endsSessions: false })
    setFlagsFromString("--expose-gc")
    const collectGarbage: () => void = runInNewContext("gc")
    const heap = () => {
      collectGarbage()
      return process.memoryUsage().heapUsed
    }
    sessions.login(login(60_000), 1) // whatever is made once is there before
    const before = heap()
    for (let n = 0; n < 60_000; n++) sessions.login(login(n), 1)
    const taken = heap() - before
    expect(sessions.changes().open.length).toBeLessThan(30_000)
    expect(taken).toBeLessThan(1.25 * limit)
  })
})
