import Sqlite, { type Database } from "better-sqlite3"
import { describe, expect, it } from "vitest"
import { defaultPolicy } from "../../../src/domain/finding/policy.ts"
import { moveCheckpoint, readCheckpoint } from "../../../src/projections/checkpoint.ts"
import { findingById } from "../../../src/projections/queries/findingById.ts"
import { listCredentials } from "../../../src/projections/queries/listCredentials.ts"
import { type FindingFilter, listFindings } from "../../../src/projections/queries/listFindings.ts"
import { makeReuseFold } from "../../../src/projections/reuse/reuseProjection.ts"
import { readModelSchema } from "../../../src/projections/schema.ts"
import { captured, identified, policyChanged } from "../../projections/captureEvents.ts"
import {
  announcements,
  emptyReadModel,
  fold,
  foldedReadModel,
} from "../../projections/foldedReadModel.ts"
import { digestOf, textOf } from "../../support/sealing.ts"

const page = { limit: 1000, offset: 0 }
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

const findings = (db: Database, filter: FindingFilter = {}) =>
  listFindings(db, { ...page, sort: "targets", ...filter }).findings

const details = (db: Database) => {
  const [first] = findings(db)
  const lookup = findingById(db, first?.id ?? "", { targets: page, attackers: page, history: page })
  if (lookup._tag !== "Found") throw new Error("there is no finding")
  return lookup.finding
}

const onTwoTargets = (options: Parameters<typeof captured>[0] = {}) => [
  captured({ ...options, decky: "d1", service: "ssh" }),
  captured({ ...options, decky: "d2", service: "ftp" }),
]
const unrelated = () => captured({ password: "something else", ip: "203.0.113.200" })

/** Each test is named after a way in which a correlator of credentials can go wrong. */
describe("what does not happen here", () => {
  it("D1: attempts do not multiply with the passes made over them", () => {
    const db = foldedReadModel(onTwoTargets())
    for (let pass = 0; pass < 5; pass++) fold(db, [unrelated()])
    expect(findings(db)).toMatchObject([{ attemptCount: 2 }])
  })

  it("D2: times are those of the captures, not of the pass, in whatever order they come", () => {
    const db = foldedReadModel([
      captured({ decky: "d1", at: "2031-01-05T00:00:00Z" }),
      captured({ decky: "d2", at: "2031-01-02T00:00:00Z" }),
      captured({ decky: "d2", at: "2031-01-03T00:00:00Z" }),
    ])
    fold(db, [unrelated()])
    expect(findings(db)).toMatchObject([
      { firstSeen: "2031-01-02T00:00:00.000000Z", lastSeen: "2031-01-05T00:00:00.000000Z" },
    ])
  })

  it("D3: a new pair of a known decky and a known service is a new target, and announced", () => {
    const db = foldedReadModel(onTwoTargets())
    fold(db, [captured({ decky: "d1", service: "ftp" })])
    expect(findings(db)).toMatchObject([{ targetCount: 3, deckyCount: 2, serviceCount: 2 }])
    expect(announcements(db).at(-1)?.data).toMatchObject({
      addedTargets: [{ decky: "d1", service: "ftp" }],
    })
  })

  it("D4: an absent and an empty principal are one key, whose targets add up", () => {
    const db = foldedReadModel([
      captured({ decky: "d1", principal: null }),
      captured({ decky: "d2", principal: "" }),
      captured({ decky: "d3", principal: null }),
    ])
    expect(findings(db)).toMatchObject([
      { principal: "", targetCount: 3, secret: { digest: digestOf("orchid-seven") } },
    ])
  })

  it("D5: no capture is overlooked, however the log is cut into batches", () => {
    const events = [
      ...onTwoTargets(),
      unrelated(),
      captured({ decky: "d3", ip: "192.0.2.9" }),
      ...onTwoTargets({ password: "another" }),
    ]
    const whole = foldedReadModel(events)
    for (const batchSize of [1, 2, 3, 4]) {
      const cut = foldedReadModel(events, batchSize)
      expect(announcements(cut)).toEqual(announcements(whole))
      expect(findings(cut)).toEqual(findings(whole))
    }
    expect(announcements(whole)).toHaveLength(3)
  })

  it("D6: lists in an announcement are lists", () => {
    const [announcement] = announcements(foldedReadModel(onTwoTargets()))
    expect(announcement?.data).toMatchObject({
      addedTargets: [
        { decky: "d1", service: "ssh" },
        { decky: "d2", service: "ftp" },
      ],
      addedAttackers: [{ ip: "192.0.2.1" }],
      addedAttackerUuids: [],
    })
  })

  it("D7: what a capture costs does not depend on how much is stored", () => {
    const statementsWith = (stored: number): number => {
      let statements = 0
      const db = new Sqlite(":memory:", { verbose: () => statements++ })
      db.exec(readModelSchema)
      fold(db, Array.from({ length: stored }, (_, n) => onTwoTargets({ password: `p${n}` })).flat())
      const projection = makeReuseFold(db, "announcing")
      statements = 0
      projection.apply([captured({ decky: "d3", password: "p0" })])
      const counted = statements
      db.close()
      return counted
    }
    expect(statementsWith(1)).toBeGreaterThan(0)
    expect(statementsWith(300)).toBe(statementsWith(1))
  })

  it("D8: rows and announcement stand or fall together, and the announcement keeps its id", () => {
    const db = emptyReadModel()
    const events = onTwoTargets()
    const projection = makeReuseFold(db, "announcing")
    const failing = db.transaction(() => {
      projection.apply(events)
      throw new Error("the power went out")
    })
    expect(failing).toThrow("the power went out")
    expect([findings(db, { minTargets: 1 }), announcements(db)]).toEqual([[], []])
    db.transaction(() => makeReuseFold(db, "announcing").apply(events))()
    expect(announcements(db)).toEqual(announcements(foldedReadModel(events)))
    expect(announcements(db)).toHaveLength(1)
  })

  it("D9: of two projections with the same batch one commits and the other leaves no trace", () => {
    const db = emptyReadModel()
    const events = onTwoTargets()
    const last = events.at(-1)?.recorded.position
    if (last === undefined) throw new Error("there are no events")
    const from = readCheckpoint(db, "credential-reuse")
    const commit = db.transaction(() => {
      makeReuseFold(db, "announcing").apply(events)
      if (!moveCheckpoint(db, "credential-reuse", from, last, events.length)) {
        throw new Error("somebody else was first")
      }
    })
    commit()
    expect(commit).toThrow("somebody else was first")
    expect(findings(db)).toMatchObject([{ attemptCount: 2 }])
    expect(announcements(db)).toHaveLength(1)
  })

  it("D10: growth says what grew, so that an identification is not taken for a new target", () => {
    const db = foldedReadModel([
      ...onTwoTargets(),
      identified({ ip: "192.0.2.1", uuid }),
      captured({ decky: "d3" }),
    ])
    expect(
      announcements(db)
        .map(({ data }) => data)
        .slice(1),
    ).toMatchObject([
      { addedTargetCount: 0, addedAttackerCount: 0, addedAttackerUuids: [uuid] },
      { addedTargetCount: 1, addedAttackerCount: 0, addedAttackerUuids: [] },
    ])
  })

  it("D11: a finding is never seen with fewer targets than make one", () => {
    const db = emptyReadModel()
    for (const event of [...onTwoTargets(), captured({ decky: "d3" })]) {
      fold(db, [event])
      for (const { targetCount } of findings(db)) expect(targetCount).toBeGreaterThanOrEqual(2)
    }
    expect(details(db).history[0]).toMatchObject({ change: "opened", targetCount: 2 })
  })

  it("D12: how a finding grew, and when each pair was seen, can be read back", () => {
    const db = foldedReadModel([
      captured({ decky: "d1", at: "2031-01-01T00:00:00Z" }),
      captured({ decky: "d2", at: "2031-01-02T00:00:00Z" }),
      captured({ decky: "d1", at: "2031-01-03T00:00:00Z" }),
      captured({ decky: "d3", at: "2031-01-04T00:00:00Z" }),
    ])
    const { history, targets } = details(db)
    expect(
      history.map(({ eventTime, targetCount }) => [eventTime.slice(0, 10), targetCount]),
    ).toEqual([
      ["2031-01-02", 2],
      ["2031-01-04", 3],
    ])
    expect(
      targets.map(({ firstSeen, lastSeen }) => [firstSeen.slice(8, 10), lastSeen.slice(8, 10)]),
    ).toEqual([
      ["01", "03"],
      ["02", "02"],
      ["04", "04"],
    ])
  })

  describe("D13: what is not reuse of a credential by design", () => {
    it("is told apart by principal, and yet found by its secret", () => {
      const db = foldedReadModel([
        captured({ decky: "d1", principal: "root" }),
        captured({ decky: "d2", principal: "admin" }),
      ])
      expect(findings(db)).toEqual([])
      const secretDigest = digestOf("orchid-seven")
      const { credentials } = listCredentials(db, { ...page, sort: "last-seen", secretDigest })
      expect(credentials.map(({ principal }) => principal)).toEqual(["admin", "root"])
    })

    it("never makes a finding of an empty secret", () => {
      const db = foldedReadModel(onTwoTargets({ password: "" }))
      expect([findings(db), announcements(db)]).toEqual([[], []])
    })

    it.each(defaultPolicy.excludedKinds)("never makes a finding of a %s", (kind) => {
      const db = foldedReadModel(onTwoTargets({ kind }))
      expect([findings(db), announcements(db)]).toEqual([[], []])
      expect(listCredentials(db, { ...page, sort: "last-seen" }).total).toBe(2)
    })

    it("never makes a finding of a secret that the policy excludes", () => {
      const excludedSecrets = [digestOf("common")]
      const db = foldedReadModel([
        policyChanged({ excludedSecrets }),
        ...onTwoTargets({ password: "common" }),
        ...onTwoTargets({ password: "uncommon" }),
      ])
      expect(findings(db)).toMatchObject([{ secret: { digest: digestOf("uncommon") } }])
      expect(announcements(db)).toHaveLength(1)
    })
  })

  it("D14: one scanner and fifty attackers do not look alike", () => {
    const crowd = Array.from({ length: 50 }, (_, n) =>
      captured({ password: "shared", decky: n % 2 === 0 ? "d1" : "d2", ip: `192.0.2.${n + 1}` }),
    )
    const db = foldedReadModel([...onTwoTargets({ password: "scanned" }), ...crowd])
    const { findings: byAttackers } = listFindings(db, { ...page, sort: "attackers" })
    expect(byAttackers.map(({ secret, attackerCount }) => [textOf(secret), attackerCount])).toEqual(
      [
        ["shared", 50],
        ["scanned", 1],
      ],
    )
    expect(findings(db, { minAttackers: 2 })).toMatchObject([
      { secret: { digest: digestOf("shared") } },
    ])
  })

  it("D15: an announcement has the digest and the counts that a rule needs", () => {
    const [announcement] = announcements(foldedReadModel(onTwoTargets()))
    expect(announcement?.data).toMatchObject({
      secretDigest: digestOf("orchid-seven"),
      secretKind: "plaintext",
      principal: "root",
      targetCount: 2,
      attackerCount: 1,
      attemptCount: 2,
      addedTargetCount: 2,
      addedAttackerCount: 1,
    })
  })
})
