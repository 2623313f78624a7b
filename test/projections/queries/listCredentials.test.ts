import { describe, expect, it } from "vitest"
import { mintedAttackerUuid } from "../../../src/domain/event/ids.ts"
import {
  type CredentialFilter,
  credentialConditions,
  listCredentials,
} from "../../../src/projections/queries/listCredentials.ts"
import { listFindings } from "../../../src/projections/queries/listFindings.ts"
import { digestOf, textOf } from "../../support/sealing.ts"
import { captured, identified, time } from "../captureEvents.ts"
import { emptyReadModel, foldedReadModel } from "../foldedReadModel.ts"

const page = { sort: "last-seen", limit: 25, offset: 0 } as const
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

/** `a` by root on two targets, by two attackers on one of them; `b` once; one without address. */
const readModel = () =>
  foldedReadModel([
    captured({
      password: "a",
      decky: "d1",
      service: "ssh",
      ip: "192.0.2.1",
      at: "2031-01-01T00:00:00Z",
    }),
    captured({
      password: "a",
      decky: "d2",
      service: "ftp",
      ip: "192.0.2.1",
      at: "2031-01-02T00:00:00Z",
    }),
    captured({
      password: "a",
      decky: "d2",
      service: "ftp",
      ip: "192.0.2.2",
      at: "2031-01-03T00:00:00Z",
    }),
    captured({
      password: "a",
      decky: "d2",
      service: "ftp",
      ip: "192.0.2.2",
      at: "2031-01-05T00:00:00Z",
    }),
    captured({
      password: "b",
      decky: "d1",
      service: "ssh",
      ip: "192.0.2.2",
      principal: "admin",
      at: "2031-01-04T00:00:00Z",
    }),
    captured({
      password: "c",
      decky: "d3",
      service: "mqtt",
      ip: null,
      principal: null,
      kind: "token",
      at: "2031-01-06T00:00:00Z",
    }),
    identified({ ip: "192.0.2.2", uuid }),
  ])

const found = (filter: CredentialFilter): ReadonlyArray<string> =>
  listCredentials(readModel(), { ...page, ...filter }).credentials.map(
    ({ secret, decky, attackerIp }) => `${textOf(secret)} ${decky} ${attackerIp}`,
  )

describe("listing credentials", () => {
  it("shows what a credential is in full", () => {
    const db = foldedReadModel([
      captured({
        decky: "d1",
        ip: "192.0.2.1",
        fields: { client: "first" },
        at: "2031-01-01T00:00:00Z",
      }),
      captured({
        decky: "d1",
        ip: "192.0.2.1",
        fields: { client: "second" },
        outcome: "failure",
        at: "2031-01-02T00:00:00Z",
      }),
    ])
    expect(listCredentials(db, page)).toEqual({
      total: 1,
      credentials: [
        {
          attackerIp: "192.0.2.1",
          attackerUuid: mintedAttackerUuid("192.0.2.1"),
          decky: "d1",
          service: "ssh",
          secret: {
            kind: "plaintext",
            digest: digestOf("orchid-seven"),
            lengthClass: "8-15",
          },
          principal: "root",
          firstSeen: "2031-01-01T00:00:00.000000Z",
          lastSeen: "2031-01-02T00:00:00.000000Z",
          attemptCount: 2,
          outcome: "failure",
          fields: { client: "first" },
          findingId: null,
        },
      ],
    })
  })

  it("says nothing of an attacker or a secret that the log does not tell", () => {
    const db = foldedReadModel([captured({ ip: null, password: null, principal: null })])
    expect(listCredentials(db, page).credentials).toMatchObject([
      {
        attackerIp: null,
        attackerUuid: null,
        secret: null,
        principal: "",
        outcome: null,
        fields: {},
      },
    ])
  })

  it("names the finding once it is open", () => {
    const db = readModel()
    const [finding] = listFindings(db, { ...page, sort: "targets" }).findings
    const ids = listCredentials(db, page).credentials.map(({ findingId }) => findingId)
    expect(ids).toEqual([null, finding?.id, null, finding?.id, finding?.id])
  })

  it.each<readonly [string, CredentialFilter, ReadonlyArray<string>]>([
    ["secret", { secretDigest: digestOf("b") }, ["b d1 192.0.2.2"]],
    ["beginning of a digest", { secretDigest: digestOf("b").slice(0, 8) }, ["b d1 192.0.2.2"]],
    ["kind", { secretKind: "token" }, ["c d3 null"]],
    ["principal", { principal: "admin" }, ["b d1 192.0.2.2"]],
    ["absent principal", { principal: "" }, ["c d3 null"]],
    ["address", { attacker: "192.0.2.1" }, ["a d2 192.0.2.1", "a d1 192.0.2.1"]],
    [
      "address mapped into IPv6",
      { attacker: "::ffff:192.0.2.1" },
      ["a d2 192.0.2.1", "a d1 192.0.2.1"],
    ],
    ["attacker UUID", { attacker: uuid }, ["a d2 192.0.2.2", "b d1 192.0.2.2"]],
    ["attacker and secret", { attacker: uuid, secretDigest: digestOf("a") }, ["a d2 192.0.2.2"]],
    ["decky", { decky: "d3" }, ["c d3 null"]],
    ["service", { service: "ssh" }, ["b d1 192.0.2.2", "a d1 192.0.2.1"]],
    ["target", { decky: "d2", service: "ftp" }, ["a d2 192.0.2.2", "a d2 192.0.2.1"]],
    ["target never attacked", { decky: "d1", service: "ftp" }, []],
    [
      "beginning of a period",
      { since: time("2031-01-04T00:00:00.000001Z") },
      ["c d3 null", "a d2 192.0.2.2"],
    ],
    ["end of a period", { until: time("2031-01-01T00:00:00Z") }, ["a d1 192.0.2.1"]],
    ["unknown attacker", { attacker: "203.0.113.1" }, []],
    ["SQL that stays text", { decky: "' OR 1=1 --" }, []],
  ])("filters by %s", (_, filter, expected) => {
    expect(found(filter)).toEqual(expected)
  })

  it("filters by finding, open or not yet", () => {
    const db = readModel()
    const { findings } = listFindings(db, { ...page, sort: "targets", minTargets: 1 })
    const counts = findings.map(({ id, secret }) => [
      textOf(secret),
      listCredentials(db, { ...page, finding: id }).total,
    ])
    expect(counts.sort()).toEqual([
      ["a", 3],
      ["b", 1],
      ["c", 1],
    ])
    const none = listCredentials(db, { ...page, finding: "00000000-0000-5000-8000-000000000000" })
    expect(none).toEqual({ total: 0, credentials: [] })
  })

  it("sorts by the last sighting, by the first and by attempts", () => {
    const sorted = (sort: "last-seen" | "first-seen" | "attempts") =>
      listCredentials(readModel(), { ...page, sort }).credentials.map(
        ({ secret, attemptCount }) => `${textOf(secret)}${attemptCount}`,
      )
    expect(sorted("last-seen")).toEqual(["c1", "a2", "b1", "a1", "a1"])
    expect(sorted("first-seen")).toEqual(["c1", "b1", "a2", "a1", "a1"])
    expect(sorted("attempts")).toEqual(["a2", "c1", "b1", "a1", "a1"])
  })

  it("cuts pages that together are the whole list, with the same total on each", () => {
    const db = foldedReadModel(
      Array.from({ length: 7 }, (_, n) => captured({ decky: `d${n}`, at: "2031-01-01T00:00:00Z" })),
    )
    const pages = [0, 3, 6, 9].map((offset) => listCredentials(db, { ...page, limit: 3, offset }))
    expect(pages.flatMap(({ credentials }) => credentials)).toEqual(
      listCredentials(db, page).credentials,
    )
    expect(pages.map(({ total }) => total)).toEqual([7, 7, 7, 7])
  })

  it.each<readonly [string, CredentialFilter]>([
    ["one secret", { secretDigest: digestOf("a") }],
    ["one secret of one kind", { secretDigest: digestOf("a"), secretKind: "plaintext" }],
    ["one secret and principal", { secretDigest: digestOf("a"), principal: "root" }],
    ["one attacker", { attacker: "192.0.2.1" }],
    ["one attacker on one target", { attacker: "192.0.2.1", decky: "d1", service: "ssh" }],
  ])("reads no whole table to find those of %s", (_, filter) => {
    const { from, values } = credentialConditions(filter)
    const plan = emptyReadModel()
      .prepare<Array<string | number>, { detail: string }>(
        `EXPLAIN QUERY PLAN SELECT count(*) ${from}`,
      )
      .all(...values)
      .map(({ detail }) => detail)
    // But those who have been identified, who are few.
    const scans = plan.filter((step) => step.startsWith("SCAN"))
    expect(scans.filter((step) => !step.endsWith("attackers_identified"))).toEqual([])
    expect(plan.filter((step) => step.startsWith("SEARCH c "))).not.toEqual([])
  })
})
