import { describe, expect, it } from "vitest"
import { attackersTable } from "../../../../src/infra/cli/render/attackersTable.ts"
import { credentialsTable } from "../../../../src/infra/cli/render/credentialsTable.ts"
import { findingsTable } from "../../../../src/infra/cli/render/findingsTable.ts"
import { displayWidth } from "../../../../src/infra/cli/render/table.ts"
import { listAttackers } from "../../../../src/projections/queries/listAttackers.ts"
import { listCredentials } from "../../../../src/projections/queries/listCredentials.ts"
import { listFindings } from "../../../../src/projections/queries/listFindings.ts"
import { captured, identified } from "../../../projections/captureEvents.ts"
import { emptyReadModel, foldedReadModel } from "../../../projections/foldedReadModel.ts"
import { textOf } from "../../../support/sealing.ts"

const page = { limit: 25, offset: 0 }
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"
const view = { offset: 0 }

const readModel = () =>
  foldedReadModel([
    captured({ decky: "d1", service: "ssh", ip: "192.0.2.1", at: "2031-01-01T00:00:00Z" }),
    captured({
      decky: "d2",
      service: "ftp",
      ip: "192.0.2.2",
      at: "2031-01-02T00:00:00Z",
      outcome: "failure",
    }),
    captured({
      decky: "d\x1b[2J",
      password: "\u202eevil\x07 word",
      principal: "\x1b]0;me\x07",
      ip: null,
    }),
    captured({ decky: "d4", password: null }),
    identified({ ip: "192.0.2.2", uuid }),
  ])

const allFindings = () => listFindings(readModel(), { ...page, sort: "targets", minTargets: 1 })
const allCredentials = () => listCredentials(readModel(), { ...page, sort: "first-seen" })
const allAttackers = () => listAttackers(readModel(), { ...page, sort: "attempts" })

const withBytes = <Row extends { readonly secret: { readonly digest: string } | null }>(
  row: Row,
) => ({
  ...row,
  secret:
    row.secret === null
      ? null
      : { ...row.secret, base64: Buffer.from(textOf(row.secret) ?? "").toString("base64") },
})

const revealedFindings = () => {
  const list = allFindings()
  return { ...list, findings: list.findings.map((row) => ({ ...row, ...withBytes(row) })) }
}

const revealedCredentials = () => {
  const list = allCredentials()
  return { ...list, credentials: list.credentials.map(withBytes) }
}

describe("the table of findings", () => {
  it("has a line for each with its secret masked, and the page below", () => {
    const [title, first, , , below] = findingsTable(allFindings(), view).split("\n")
    expect(title).toMatch(/^FINDING +SECRET +PRINCIPAL +TARGETS +ATTACKERS +ATTEMPTS +LAST SEEN/)
    expect(first).toMatch(
      /^[0-9a-f]{8} +•••••• \(8-15\) +root +2 +2 +2 +2031-01-02 00:00:00 +[\d.]+ +common word, varied +[0-9a-f]{12} /,
    )
    expect(first).toMatch(/ plaintext +ftp, ssh +d1, d2 +2031-01-01 00:00:00 +open$/)
    expect(below).toBe("1-2 of 2")
  })

  it("shows the secret only when it is to be revealed", () => {
    expect(findingsTable(allFindings(), view)).not.toContain("orchid")
    expect(findingsTable(revealedFindings(), view)).toContain("orchid-seven")
  })

  it("says how many more deckies there are than it names", () => {
    const db = foldedReadModel(Array.from({ length: 9 }, (_, n) => captured({ decky: `d${n}` })))
    const list = listFindings(db, { ...page, sort: "targets" })
    expect(findingsTable(list, view)).toContain("d0, d1, d2, d3 and 5 more")
  })

  it("fits into an ordinary terminal", () => {
    for (const line of findingsTable(allFindings(), { ...view, width: 90 }).split("\n")) {
      expect(displayWidth(line)).toBeLessThanOrEqual(90)
    }
  })
})

describe("the table of credentials", () => {
  it("has a line for each, with what is absent said to be so", () => {
    const text = credentialsTable(allCredentials(), view)
    expect(text).toMatch(
      /d2 +ftp +192\.0\.2\.2 +root +•••••• \(8-15\) +1 +[0-9a-f]{8} +[0-9a-f]{12} +failure/,
    )
    expect(text).toMatch(/d4 +ssh +192\.0\.2\.1 +root +\(none\) +1 +- +- +- +-/)
    expect(text).toContain("(unknown)")
    expect(text).toMatch(/\n\n1-4 of 4$/)
  })

  it("shows the secret only when it is to be revealed", () => {
    expect(credentialsTable(allCredentials(), view)).not.toContain("orchid")
    expect(credentialsTable(revealedCredentials(), view)).toContain("orchid-seven")
  })
})

describe("the table of attackers", () => {
  it("has a line for each, and says where the UUID comes from", () => {
    const text = attackersTable(allAttackers(), { offset: 0 })
    expect(text).toMatch(
      new RegExp(`192\\.0\\.2\\.2 +1 +1 +2031-01-02 00:00:00 .* ${uuid} +identification`),
    )
    expect(text).toMatch(/192\.0\.2\.1 +1 +2 .* address/)
  })

  it("says of an attacker without captures that it was never seen", () => {
    const db = foldedReadModel([identified({ ip: "192.0.2.9", uuid })])
    const list = listAttackers(db, { ...page, sort: "attempts" })
    expect(attackersTable(list, { offset: 0 })).toMatch(/192\.0\.2\.9 +0 +0 +never +never/)
  })
})

describe("every table", () => {
  it("lets nothing that was captured act on the terminal", () => {
    const texts = [
      findingsTable(allFindings(), view),
      findingsTable(revealedFindings(), view),
      credentialsTable(allCredentials(), view),
      credentialsTable(revealedCredentials(), view),
      attackersTable(allAttackers(), view),
    ]
    for (const text of texts) expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  it("says so where there is nothing, or nothing on this page", () => {
    const db = emptyReadModel()
    expect(findingsTable(listFindings(db, { ...page, sort: "targets" }), view)).toBe("no findings")
    expect(credentialsTable(listCredentials(db, { ...page, sort: "attempts" }), view)).toBe(
      "no credentials",
    )
    expect(attackersTable(listAttackers(db, { ...page, sort: "attempts" }), { offset: 0 })).toBe(
      "no attackers",
    )
    expect(findingsTable({ total: 3, findings: [] }, { ...view, offset: 9 })).toMatch(/none of 3$/)
    expect(findingsTable({ ...allFindings(), total: 40 }, { ...view, offset: 25 })).toMatch(
      /26-27 of 40$/,
    )
  })
})
