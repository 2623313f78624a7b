import type { Database } from "better-sqlite3"
import { describe, expect, it } from "vitest"
import { findingById } from "../../../src/projections/queries/findingById.ts"
import { listFindings } from "../../../src/projections/queries/listFindings.ts"
import { captured, identified } from "../captureEvents.ts"
import { foldedReadModel } from "../foldedReadModel.ts"

const page = { limit: 25, offset: 0 }
const pages = { targets: page, attackers: page, history: page }
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

const onlyId = (db: Database): string => {
  const [finding] = listFindings(db, { ...page, sort: "targets", minTargets: 1 }).findings
  if (finding === undefined) throw new Error("there is no finding")
  return finding.id
}

const details = (db: Database, wanted: Partial<typeof pages> = {}) => {
  const lookup = findingById(db, onlyId(db), { ...pages, ...wanted })
  if (lookup._tag !== "Found") throw new Error(`the finding is ${lookup._tag}`)
  return lookup.finding
}

describe("a finding by its id", () => {
  it("keeps every pair of decky and service with its own times and attempts", () => {
    const finding = details(
      foldedReadModel([
        captured({ decky: "d2", service: "ftp", at: "2031-01-02T00:00:00Z" }),
        captured({ decky: "d1", service: "ssh", at: "2031-01-03T00:00:00Z" }),
        captured({ decky: "d1", service: "ssh", at: "2031-01-01T00:00:00Z" }),
      ]),
    )
    expect(finding.targets).toEqual([
      {
        decky: "d1",
        service: "ssh",
        firstSeen: "2031-01-01T00:00:00.000000Z",
        lastSeen: "2031-01-03T00:00:00.000000Z",
        attemptCount: 2,
      },
      {
        decky: "d2",
        service: "ftp",
        firstSeen: "2031-01-02T00:00:00.000000Z",
        lastSeen: "2031-01-02T00:00:00.000000Z",
        attemptCount: 1,
      },
    ])
  })

  it("names its attackers, those with the most attempts first, and says who was identified", () => {
    const finding = details(
      foldedReadModel([
        captured({ decky: "d1", ip: "192.0.2.1", at: "2031-01-01T00:00:00Z" }),
        captured({ decky: "d2", ip: "192.0.2.2", at: "2031-01-02T00:00:00Z" }),
        captured({ decky: "d2", ip: "192.0.2.2", at: "2031-01-03T00:00:00Z" }),
        identified({ ip: "192.0.2.2", uuid }),
      ]),
    )
    expect(finding.attackers).toEqual([
      {
        ip: "192.0.2.2",
        uuid,
        identified: true,
        firstSeen: "2031-01-02T00:00:00.000000Z",
        lastSeen: "2031-01-03T00:00:00.000000Z",
        attemptCount: 2,
      },
      expect.objectContaining({ ip: "192.0.2.1", identified: false, attemptCount: 1 }),
    ])
  })

  it("tells how it came about: each change with the event that caused it", () => {
    const opening = captured({ decky: "d2", service: "ftp", ip: "192.0.2.2" })
    const growth = captured({ decky: "d3", ip: "192.0.2.3" })
    const word = identified({ ip: "192.0.2.3", uuid })
    const finding = details(foldedReadModel([captured({ decky: "d1" }), opening, growth, word]))
    expect(finding.historyCount).toBe(3)
    expect(finding.history.map(({ change, version }) => [version, change])).toEqual([
      [1, "opened"],
      [2, "grew"],
      [3, "grew"],
    ])
    expect(finding.history.map(({ eventId }) => eventId)).toEqual(
      [opening, growth, word].map(({ recorded }) => recorded.id),
    )
    expect(finding.history[0]).toMatchObject({
      position: opening.recorded.position,
      eventType: "credential.captured",
      source: { file: "test.log", line: opening.recorded.revision + 1 },
      addedTargets: [
        { decky: "d1", service: "ssh" },
        { decky: "d2", service: "ftp" },
      ],
      addedTargetCount: 2,
      addedAttackerCount: 2,
      targetCount: 2,
      attackerCount: 2,
      attemptCount: 2,
    })
    expect(finding.history[1]).toMatchObject({
      addedTargets: [{ decky: "d3", service: "ssh" }],
      addedAttackers: [{ ip: "192.0.2.3" }],
      addedAttackerUuids: [],
      targetCount: 3,
    })
    expect(finding.history[2]).toMatchObject({
      eventType: "attacker.identified",
      addedTargetCount: 0,
      addedAttackerUuids: [uuid],
    })
  })

  it("says that there is no source where the event names none", () => {
    const events = [captured({ decky: "d1" }), captured({ decky: "d2" })].map((event) => ({
      ...event,
      recorded: { ...event.recorded, metadata: { schemaVersion: 1 } },
    }))
    expect(details(foldedReadModel(events)).history[0]?.source).toBeNull()
  })

  it("pages each list by itself and counts the whole of it", () => {
    const db = foldedReadModel(
      Array.from({ length: 6 }, (_, n) => captured({ decky: `d${n}`, ip: `192.0.2.${n + 1}` })),
    )
    const finding = details(db, {
      targets: { limit: 2, offset: 0 },
      attackers: { limit: 2, offset: 5 },
      history: { limit: 2, offset: 1 },
    })
    expect(finding.targets.map(({ decky }) => decky)).toEqual(["d0", "d1"])
    expect(finding.attackers.map(({ ip }) => ip)).toEqual(["192.0.2.1"])
    expect(finding.history.map(({ version }) => version)).toEqual([2, 3])
    expect([finding.targetCount, finding.attackerCount, finding.historyCount]).toEqual([6, 6, 5])
  })

  it("counts the attackers that have not been announced yet", () => {
    const crowd = Array.from({ length: 40 }, (_, n) =>
      captured({ decky: "d2", ip: `192.0.2.${n + 2}` }),
    )
    const finding = details(foldedReadModel([captured({ decky: "d1" }), ...crowd]))
    expect([finding.attackerCount, finding.unannouncedAttackers]).toEqual([41, 9])
  })

  it("is found by the beginning of its id, in either case", () => {
    const db = foldedReadModel([captured({ decky: "d1" }), captured({ decky: "d2" })])
    const id = onlyId(db)
    expect(findingById(db, id.slice(0, 8).toUpperCase(), pages)).toMatchObject({
      _tag: "Found",
      finding: { id, state: "open" },
    })
  })

  it("is found while it is only a candidate", () => {
    const db = foldedReadModel([captured({ decky: "d1" })])
    const id = onlyId(db)
    expect(findingById(db, id.slice(0, 8), pages)).toMatchObject({
      _tag: "Found",
      finding: { id, state: "candidate", version: 0, history: [], historyCount: 0 },
    })
  })

  it("names the findings where the beginning is that of several", () => {
    const db = foldedReadModel(
      ["p1", "p2"].flatMap((password) =>
        ["d1", "d2"].map((decky) => captured({ decky, password })),
      ),
    )
    const ids = ["aaaaaaaa-0000-5000-8000-000000000001", "aaaaaaaa-0000-5000-8000-000000000002"]
    for (const [index, id] of ids.entries()) {
      db.prepare("UPDATE findings SET finding_id = ? WHERE finding_no = ?").run(id, index + 1)
    }
    expect(findingById(db, "aaaaaaaa", pages)).toEqual({ _tag: "Ambiguous", ids })
    expect(findingById(db, ids[1] ?? "", pages)._tag).toBe("Found")
  })

  it("prefers an open finding to a candidate whose id begins in the same way", () => {
    const db = foldedReadModel([
      captured({ decky: "d1" }),
      captured({ decky: "d2" }),
      captured({ password: "other" }),
    ])
    const open = "aaaaaaaa-0000-5000-8000-000000000002"
    const rename = db.prepare("UPDATE findings SET finding_id = ? WHERE (version > 0) = ?")
    rename.run("aaaaaaaa-0000-5000-8000-000000000001", 0)
    rename.run(open, 1)
    expect(findingById(db, "aaaaaaaa", pages)).toMatchObject({ finding: { id: open } })
  })

  it("is missing where there is none", () => {
    const db = foldedReadModel([captured({ decky: "d1" }), captured({ decky: "d2" })])
    expect(findingById(db, "00000000", pages)).toEqual({ _tag: "Missing" })
  })
})
