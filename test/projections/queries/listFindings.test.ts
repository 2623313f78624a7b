import { describe, expect, it } from "vitest"
import { type FindingFilter, listFindings } from "../../../src/projections/queries/listFindings.ts"
import { digestOf, textOf } from "../../support/sealing.ts"
import { captured, identified, time } from "../captureEvents.ts"
import { foldedReadModel } from "../foldedReadModel.ts"

const page = { sort: "targets", limit: 25, offset: 0 } as const
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

/** Three findings (wide, crowded, dn) and one key on a single target (lonely). */
const readModel = () =>
  foldedReadModel([
    captured({ password: "wide", decky: "d1", service: "ssh", at: "2031-01-01T00:00:00Z" }),
    captured({ password: "wide", decky: "d2", service: "ftp", at: "2031-01-02T00:00:00Z" }),
    captured({ password: "wide", decky: "d1", service: "ftp", at: "2031-01-03T00:00:00Z" }),
    captured({ password: "crowded", principal: null, ip: "192.0.2.7", at: "2031-02-01T00:00:00Z" }),
    captured({
      password: "crowded",
      principal: null,
      ip: "2001:db8::7",
      at: "2031-02-02T00:00:00Z",
    }),
    captured({ password: "crowded", principal: null, decky: "d3", at: "2031-02-03T00:00:00Z" }),
    captured({
      password: "dn",
      kind: "ldap_simple",
      principal: "cn=svc",
      decky: "d1",
      service: "ldap",
      at: "2031-03-01T00:00:00Z",
    }),
    captured({
      password: "dn",
      kind: "ldap_simple",
      principal: "cn=svc",
      decky: "d2",
      service: "ldap",
      at: "2031-03-09T00:00:00Z",
    }),
    captured({ password: "lonely", decky: "d9", service: "smtp", at: "2031-04-01T00:00:00Z" }),
    identified({ ip: "2001:db8::7", uuid }),
  ])

const found = (filter: FindingFilter): ReadonlyArray<string | undefined> =>
  listFindings(readModel(), { ...page, ...filter }).findings.map(({ secret }) => textOf(secret))

describe("listing findings", () => {
  it("shows what a finding is in full", () => {
    const { total, findings } = listFindings(readModel(), page)
    expect(total).toBe(3)
    expect(findings[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      state: "open",
      version: 2,
      secret: {
        kind: "plaintext",
        digest: digestOf("wide"),
        lengthClass: "1-7",
      },
      principal: "root",
      rank: 0,
      rating: { bits: 12, class: "list" },
      targetCount: 3,
      attackerCount: 1,
      attemptCount: 3,
      firstSeen: "2031-01-01T00:00:00.000000Z",
      lastSeen: "2031-01-03T00:00:00.000000Z",
      deckies: ["d1", "d2"],
      deckyCount: 2,
      services: ["ftp", "ssh"],
      serviceCount: 2,
    })
  })

  it("leaves candidates out unless a number of targets is asked for", () => {
    expect(found({})).not.toContain("lonely")
    expect(found({ minTargets: 1 })).toContain("lonely")
    expect(found({ minTargets: 3 })).toEqual(["wide"])
  })

  it("calls a key that has not been announced a candidate of version 0", () => {
    const { findings } = listFindings(readModel(), { ...page, minTargets: 1, decky: "d9" })
    expect(findings).toMatchObject([{ state: "candidate", version: 0, targetCount: 1 }])
  })

  it("never lists attempts without a secret", () => {
    const db = foldedReadModel([
      captured({ password: null, decky: "d1" }),
      captured({ password: null, decky: "d2" }),
    ])
    expect(listFindings(db, { ...page, minTargets: 1 })).toEqual({ total: 0, findings: [] })
  })

  it.each<readonly [string, FindingFilter, ReadonlyArray<string>]>([
    ["service", { service: "ftp" }, ["wide"]],
    ["decky", { decky: "d2" }, ["dn", "wide"]],
    ["decky and service seen together", { decky: "d2", service: "ftp" }, ["wide"]],
    ["decky and service never seen together", { decky: "d2", service: "ssh" }, []],
    ["address", { attacker: "192.0.2.7" }, ["crowded"]],
    ["address in another spelling", { attacker: "2001:DB8:0::7" }, ["crowded"]],
    ["attacker UUID", { attacker: uuid.toUpperCase() }, ["crowded"]],
    ["kind", { secretKind: "ldap_simple" }, ["dn"]],
    ["principal", { principal: "root" }, ["wide"]],
    ["absent principal", { principal: "" }, ["crowded"]],
    ["part of a principal", { principal: "roo" }, []],
    ["digest", { secretDigest: digestOf("wide") }, ["wide"]],
    [
      "beginning of a digest",
      { secretDigest: digestOf("wide").slice(0, 9).toUpperCase() },
      ["wide"],
    ],
    ["digest and another kind", { secretDigest: digestOf("wide"), secretKind: "x" }, []],
    ["number of attackers", { minAttackers: 3 }, ["crowded"]],
    [
      "everything at once",
      {
        service: "ftp",
        decky: "d1",
        attacker: "192.0.2.1",
        principal: "root",
        minTargets: 3,
        minAttackers: 1,
      },
      ["wide"],
    ],
    ["SQL that stays text", { principal: "' OR 1=1 --" }, []],
  ])("filters by %s", (_, filter, expected) => {
    expect([...found(filter)].sort()).toEqual(expected)
  })

  it.each<readonly [string, FindingFilter, ReadonlyArray<string>]>([
    ["lasts until just before", { since: time("2031-03-09T00:00:00.000001Z") }, []],
    ["ends at its beginning", { since: time("2031-03-09T00:00:00Z") }, ["dn"]],
    ["begins at its end", { until: time("2031-01-01T00:00:00Z") }, ["wide"]],
    ["begins just after", { until: time("2030-12-31T23:59:59.999999Z") }, []],
    [
      "spans it",
      { since: time("2031-03-03T00:00:00Z"), until: time("2031-03-04T00:00:00Z") },
      ["dn"],
    ],
  ])("filters by a period; activity that %s", (_, filter, expected) => {
    expect(found(filter)).toEqual(expected)
  })

  it("sorts by targets, by attackers and by the last sighting", () => {
    const sorted = (sort: "targets" | "attackers" | "last-seen") =>
      listFindings(readModel(), { ...page, sort }).findings.map(({ secret }) => textOf(secret))
    expect(sorted("targets")).toEqual(["wide", "dn", "crowded"])
    expect(sorted("attackers")).toEqual(["crowded", "dn", "wide"])
    expect(sorted("last-seen")).toEqual(["dn", "crowded", "wide"])
  })

  it("cuts pages that together are the whole list, with the same total on each", () => {
    const db = foldedReadModel(
      Array.from({ length: 7 }, (_, n) =>
        ["d1", "d2"].map((decky) =>
          captured({ decky, password: `p${n}`, at: "2031-01-01T00:00:00Z" }),
        ),
      ).flat(),
    )
    const whole = listFindings(db, page)
    const pages = [0, 3, 6, 9].map((offset) => listFindings(db, { ...page, limit: 3, offset }))
    expect(pages.flatMap(({ findings }) => findings)).toEqual(whole.findings)
    expect(pages.map(({ total }) => total)).toEqual([7, 7, 7, 7])
    expect(whole.findings.map(({ id }) => id)).toEqual(whole.findings.map(({ id }) => id).sort())
  })

  it("names at most fifty deckies and services and counts them all", () => {
    const db = foldedReadModel(
      Array.from({ length: 60 }, (_, n) => captured({ decky: `d${n}`, service: `s${n}` })),
    )
    const [finding] = listFindings(db, page).findings
    expect(finding).toMatchObject({ deckyCount: 60, serviceCount: 60 })
    expect([finding?.deckies.length, finding?.services.length]).toEqual([50, 50])
  })
})
