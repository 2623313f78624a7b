import type { Database } from "better-sqlite3"
import { describe, expect, it } from "vitest"
import { findingById } from "../../../src/projections/queries/findingById.ts"
import { listAttackers } from "../../../src/projections/queries/listAttackers.ts"
import {
  type CredentialFilter,
  listCredentials,
} from "../../../src/projections/queries/listCredentials.ts"
import { type FindingFilter, listFindings } from "../../../src/projections/queries/listFindings.ts"
import { captured, identified } from "../../projections/captureEvents.ts"
import {
  announcements,
  emptyReadModel,
  fold,
  foldedReadModel,
} from "../../projections/foldedReadModel.ts"
import { digestOf, secretOf, textOf } from "../../support/sealing.ts"

const page = { limit: 25, offset: 0 }
const u1 = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"
const u2 = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be002"

const findings = (db: Database, filter: FindingFilter = {}) =>
  listFindings(db, { ...page, sort: "targets", ...filter })
const credentials = (db: Database, filter: CredentialFilter = {}) =>
  listCredentials(db, { ...page, sort: "last-seen", ...filter })
const byId = (db: Database, id: string) =>
  findingById(db, id, { targets: page, attackers: page, history: page })

const onTwoTargets = (options: Parameters<typeof captured>[0] = {}) => [
  captured({ ...options, decky: "d1", service: "ssh" }),
  captured({ ...options, decky: "d2", service: "ftp" }),
]

describe("a reuse key", () => {
  it("begins with its first capture, on one target", () => {
    const { total, findings: listed } = findings(foldedReadModel([captured()]), { minTargets: 1 })
    expect(total).toBe(1)
    expect(listed[0]).toMatchObject({ targetCount: 1, attemptCount: 1 })
  })

  it("has two targets once its secret was tried on two, whichever batch brought the second", () => {
    const db = foldedReadModel(onTwoTargets(), 1)
    expect(findings(db).findings).toMatchObject([{ targetCount: 2 }])
  })

  it("stays one key on one target when the same attempt is made three times", () => {
    const db = foldedReadModel([captured(), captured(), captured()])
    expect(findings(db, { minTargets: 1 })).toMatchObject({
      total: 1,
      findings: [{ targetCount: 1, attemptCount: 3 }],
    })
  })

  it("keeps the addresses and the UUIDs of all that tried it", () => {
    const db = foldedReadModel([
      captured({ decky: "d1", ip: "192.0.2.1" }),
      captured({ decky: "d2", ip: "192.0.2.2" }),
      identified({ ip: "192.0.2.1", uuid: u1 }),
      identified({ ip: "192.0.2.2", uuid: u2 }),
    ])
    const lookup = byId(db, findings(db).findings[0]?.id ?? "")
    expect(lookup).toMatchObject({
      finding: {
        attackers: [
          { ip: "192.0.2.2", uuid: u2 },
          { ip: "192.0.2.1", uuid: u1 },
        ],
      },
    })
  })

  it("is one key, with the empty principal, for attempts that name none", () => {
    const attempt = { service: "redis", principal: null }
    const db = foldedReadModel([captured(attempt), captured(attempt)])
    expect(findings(db, { minTargets: 1 })).toMatchObject({
      total: 1,
      findings: [{ principal: "", attemptCount: 2 }],
    })
  })

  it("on one target is not listed from two targets on, and is from one on", () => {
    const db = foldedReadModel([captured()])
    expect(findings(db, { minTargets: 2 })).toEqual({ total: 0, findings: [] })
    expect(findings(db, { minTargets: 1 }).total).toBe(1)
  })

  it("with more targets is listed first", () => {
    const db = foldedReadModel([...onTwoTargets({ password: "b" }), captured({ password: "a" })])
    const { total, findings: listed } = findings(db, { minTargets: 1 })
    expect(total).toBe(2)
    expect(listed.map(({ secret }) => textOf(secret))).toEqual(["b", "a"])
  })
})

describe("a finding by its id", () => {
  it("is the one that was listed, its deckies a list", () => {
    const db = foldedReadModel(onTwoTargets())
    const [listed] = findings(db).findings
    expect(byId(db, listed?.id ?? "")).toMatchObject({
      finding: {
        id: listed?.id,
        secret: { digest: listed?.secret.digest },
        targetCount: 2,
        deckies: ["d1", "d2"],
      },
    })
  })

  it("is missing for an id that no finding has", () => {
    const db = foldedReadModel(onTwoTargets())
    expect(byId(db, u1)).toEqual({ _tag: "Missing" })
  })

  it("has its secret with it: kind, digest and length class", () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x41)
    const db = foldedReadModel([...onTwoTargets(), ...onTwoTargets({ password: bytes })])
    const secrets = findings(db).findings.map(({ id }) => {
      const lookup = byId(db, id)
      return lookup._tag === "Found" ? lookup.finding.secret : undefined
    })
    expect(secrets).toHaveLength(2)
    for (const tried of [Buffer.from("orchid-seven"), bytes]) {
      const { kind, digest, lengthClass } = secretOf("plaintext", tried)
      expect(secrets).toContainEqual({ kind, digest, lengthClass })
    }
  })
})

describe("identifying an attacker after the fact", () => {
  it("gives the UUID to every credential of the address, and the first word stands", () => {
    const db = foldedReadModel([
      captured({ decky: "d1" }),
      captured({ decky: "d2" }),
      identified({ ip: "192.0.2.1", uuid: u1 }),
      identified({ ip: "192.0.2.1", uuid: u2 }),
    ])
    expect(credentials(db, { attacker: u1 }).total).toBe(2)
    expect(credentials(db, { attacker: u2 }).total).toBe(0)
    expect(credentials(db).credentials.map(({ attackerUuid }) => attackerUuid)).toEqual([u1, u1])
  })

  it("touches no credential where the address has none, and holds for those to come", () => {
    const db = foldedReadModel([
      captured({ ip: "192.0.2.1" }),
      identified({ ip: "203.0.113.9", uuid: u1 }),
    ])
    expect(credentials(db, { attacker: u1 }).total).toBe(0)
    expect(announcements(db)).toEqual([])
    fold(db, [captured({ ip: "203.0.113.9" })])
    const asked = { attacker: "203.0.113.9", sort: "attempts", limit: 1, offset: 0 } as const
    expect(listAttackers(db, asked).attackers).toMatchObject([{ uuid: u1, attemptCount: 1 }])
    expect(credentials(db, { attacker: u1 }).total).toBe(1)
  })
})

describe("a credential", () => {
  it("is one for equal attempts: counted, with the fields of the first", () => {
    const db = foldedReadModel([
      captured({ fields: { client: "first" } }),
      captured({ fields: { client: "second" } }),
    ])
    expect(credentials(db)).toMatchObject({
      total: 1,
      credentials: [{ attemptCount: 2, fields: { client: "first" } }],
    })
  })

  it("is another for another principal", () => {
    const db = foldedReadModel([captured({ principal: "root" }), captured({ principal: "admin" })])
    expect(credentials(db).total).toBe(2)
  })

  it("without a principal is another than root's, and one for all attempts without", () => {
    const db = foldedReadModel([
      captured({ principal: null }),
      captured({ principal: null }),
      captured({ principal: "root" }),
    ])
    expect(credentials(db).total).toBe(2)
    expect(credentials(db, { principal: "" }).credentials).toMatchObject([{ attemptCount: 2 }])
  })

  it("is found by its secret on every service, whatever the principal", () => {
    const db = foldedReadModel([
      captured({ service: "ssh", principal: "root" }),
      captured({ service: "ftp", principal: "anonymous" }),
      captured({ service: "smtp", principal: "ops@example.org" }),
      captured({ service: "imap", password: "another" }),
    ])
    const secretDigest = digestOf("orchid-seven")
    const services = credentials(db, { secretDigest }).credentials.map(({ service }) => service)
    expect(services.sort()).toEqual(["ftp", "smtp", "ssh"])
  })

  it("is found by its attacker, and no other with it", () => {
    const db = foldedReadModel([captured({ ip: "192.0.2.1" }), captured({ ip: "192.0.2.2" })])
    expect(credentials(db, { attacker: "192.0.2.2" })).toMatchObject({
      total: 1,
      credentials: [{ attackerIp: "192.0.2.2" }],
    })
  })

  it("is another for equal bytes of another kind", () => {
    const db = foldedReadModel([
      captured({ kind: "plaintext" }),
      captured({ kind: "postgres_md5_challenge" }),
    ])
    const kinds = credentials(db).credentials.map(({ secret }) => secret?.kind)
    expect(kinds.sort()).toEqual(["plaintext", "postgres_md5_challenge"])
  })

  it("is filtered by service, and all are counted without", () => {
    const db = foldedReadModel([captured({ service: "ssh" }), captured({ service: "ftp" })])
    expect(credentials(db, { service: "ssh" })).toMatchObject({
      total: 1,
      credentials: [{ service: "ssh" }],
    })
    expect(credentials(db).total).toBe(2)
  })

  it("stays one row when a projection that does not remember it meets it again", () => {
    const db = foldedReadModel([captured()])
    fold(db, [captured()])
    expect(credentials(db)).toMatchObject({ total: 1, credentials: [{ attemptCount: 2 }] })
  })

  it("is the same with an absent and with an empty principal", () => {
    const db = foldedReadModel([captured({ principal: null }), captured({ principal: "" })])
    expect(credentials(db)).toMatchObject({ total: 1, credentials: [{ attemptCount: 2 }] })
  })

  it("is listed as nothing where nothing was captured or nothing answers", () => {
    const nothing = { total: 0, credentials: [] }
    expect(credentials(emptyReadModel())).toEqual(nothing)
    const db = foldedReadModel([captured()])
    expect(credentials(db, { service: "vnc", attacker: "203.0.113.9" })).toEqual(nothing)
  })
})

describe("finding reuse", () => {
  it("finds none on one target", () => {
    const db = foldedReadModel([captured()])
    expect(findings(db)).toEqual({ total: 0, findings: [] })
    expect(announcements(db)).toEqual([])
  })

  it("finds one on exactly two targets", () => {
    const db = foldedReadModel(onTwoTargets())
    expect(findings(db)).toMatchObject({
      total: 1,
      findings: [
        {
          secret: { kind: "plaintext", digest: digestOf("orchid-seven") },
          targetCount: 2,
          attemptCount: 2,
        },
      ],
    })
  })

  it("finds two where two principals share the secret and the targets", () => {
    const db = foldedReadModel(
      ["root", "admin"].flatMap((principal) => onTwoTargets({ principal })),
    )
    const principals = findings(db).findings.map(({ principal }) => principal)
    expect(principals.sort()).toEqual(["admin", "root"])
  })

  it("finds none where one target is attempted twice", () => {
    expect(findings(foldedReadModel([captured(), captured()])).total).toBe(0)
  })

  it("announces it as opened, once", () => {
    const db = foldedReadModel(onTwoTargets())
    expect(announcements(db).map(({ data }) => data)).toMatchObject([
      { change: "opened", version: 1, targetCount: 2, secretKind: "plaintext" },
    ])
  })

  it("announces nothing more while nothing new is captured", () => {
    const db = foldedReadModel(onTwoTargets())
    fold(db, [])
    fold(db, onTwoTargets())
    fold(db, [captured({ password: "another" })])
    expect(announcements(db)).toHaveLength(1)
    expect(findings(db).total).toBe(1)
  })

  it("announces a third target as growth, with the three as the new total", () => {
    const db = foldedReadModel(onTwoTargets())
    fold(db, [captured({ decky: "d3" })])
    expect(
      announcements(db)
        .map(({ data }) => data)
        .at(-1),
    ).toMatchObject({
      change: "grew",
      version: 2,
      targetCount: 3,
    })
    expect(findings(db).findings).toMatchObject([{ targetCount: 3 }])
  })

  it("announces the finding under the id it is listed by", () => {
    const db = foldedReadModel(onTwoTargets())
    const [announcement] = announcements(db)
    expect(announcement?.data).toMatchObject({ findingId: findings(db).findings[0]?.id })
  })
})

describe("the list of findings", () => {
  it("is empty where nothing was captured", () => {
    expect(findings(emptyReadModel())).toEqual({ total: 0, findings: [] })
  })

  it("has a finding with its targets, its kind and its deckies as a list", () => {
    expect(findings(foldedReadModel(onTwoTargets()))).toMatchObject({
      total: 1,
      findings: [{ targetCount: 2, secret: { kind: "plaintext" }, deckies: ["d1", "d2"] }],
    })
  })

  it("is cut to a page, its total uncut", () => {
    const db = foldedReadModel(["a", "b"].flatMap((password) => onTwoTargets({ password })))
    const { total, findings: listed } = listFindings(db, { sort: "targets", limit: 1, offset: 0 })
    expect([total, listed.length]).toEqual([2, 1])
  })

  it("is filtered by kind", () => {
    const db = foldedReadModel([...onTwoTargets(), ...onTwoTargets({ kind: "ntlm_hash" })])
    expect(findings(db, { secretKind: "ntlm_hash" })).toMatchObject({
      total: 1,
      findings: [{ secret: { kind: "ntlm_hash" } }],
    })
  })

  it("is empty where more targets are asked for than any finding has", () => {
    expect(findings(foldedReadModel(onTwoTargets()), { minTargets: 99 }).total).toBe(0)
  })
})
