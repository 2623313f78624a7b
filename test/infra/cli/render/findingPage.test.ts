import { describe, expect, it } from "vitest"
import type { DecodedEvent } from "../../../../src/domain/event/events.ts"
import { findingPage } from "../../../../src/infra/cli/render/findingPage.ts"
import { displayWidth } from "../../../../src/infra/cli/render/table.ts"
import { findingById } from "../../../../src/projections/queries/findingById.ts"
import { listFindings } from "../../../../src/projections/queries/listFindings.ts"
import { captured, identified } from "../../../projections/captureEvents.ts"
import { foldedReadModel } from "../../../projections/foldedReadModel.ts"

const page = { limit: 25, offset: 0 }
const view = { targetOffset: 0, attackerOffset: 0, historyOffset: 0 }
const uuid = "0d5c1a9e-7b1f-4c7e-9a54-2f8f0a4be001"

const details = (events: ReadonlyArray<DecodedEvent>, attackers = page) => {
  const db = foldedReadModel(events)
  const [first] = listFindings(db, { ...page, sort: "targets", minTargets: 1 }).findings
  const lookup = findingById(db, first?.id ?? "", { targets: page, attackers, history: page })
  if (lookup._tag !== "Found") throw new Error("there is no finding")
  return lookup.finding
}

const events = () => [
  captured({ decky: "d1", service: "ssh", ip: "192.0.2.1", at: "2031-01-01T00:00:00Z" }),
  captured({ decky: "d2", service: "ftp", ip: "192.0.2.1", at: "2031-01-02T00:00:00Z" }),
  captured({ decky: "d1", service: "ftp", ip: "192.0.2.2", at: "2031-01-03T00:00:00Z" }),
  captured({ decky: "d1", service: "ftp", ip: "192.0.2.3", at: "2031-01-04T00:00:00Z" }),
  identified({ ip: "192.0.2.2", uuid }),
]

describe("the page of a finding", () => {
  it("begins with what it is", () => {
    const finding = details(events())
    const header = findingPage(finding, view).split("\n\n")[0]
    expect(header?.split("\n")).toEqual([
      `finding     ${finding.id}`,
      "state       open, version 4",
      "secret      •••••• (8-15)",
      "kind        plaintext",
      `digest      ${finding.secret.digest}`,
      "principal   root",
      "rank        26.7; common word, varied, 28 bits; 3 attackers; 3 targets; first seen 2031-01-01",
      "targets     3 (2 deckies, 2 services)",
      "attackers   3",
      "attempts    4",
      "first seen  2031-01-01 00:00:00 UTC",
      "last seen   2031-01-04 00:00:00 UTC",
    ])
  })

  it("goes on with targets, attackers and history", () => {
    const text = findingPage(details(events()), view)
    expect(text).toContain(
      "targets (attempts), 1-3 of 3\n\nDECKY  ftp  ssh\nd1       2    1\nd2       1    .",
    )
    expect(text).toContain("attackers, 1-3 of 3\n\nATTACKER   ATTEMPTS")
    expect(text).toMatch(new RegExp(`192\\.0\\.2\\.2 .* ${uuid} +identification`))
    expect(text).toContain("history, 1-4 of 4\n\nVERSION  CHANGE")
  })

  it("tells for each change what it added and because of which line", () => {
    const finding = details(events())
    const history = findingPage(finding, view).split("history, ")[1]
    const [opened, grown] = finding.history
    expect(history).toMatch(
      /1 +opened +2031-01-02 00:00:00 +2 targets, attacker 192\.0\.2\.1 +2 +1 +2 +test\.log:\d+/,
    )
    expect(history).toMatch(/2 +grew +2031-01-03 .*target d1 ftp, attacker 192\.0\.2\.2 +3 +2 +3 /)
    expect(history).toMatch(/3 +grew +2031-01-04 .* attacker 192\.0\.2\.3 +3 +3 +4 /)
    expect(history).toMatch(new RegExp(`4 +grew .* attacker identified as ${uuid} `))
    expect(history).toContain(`test.log:${grown?.source?.line}`)
    expect(history).toContain(opened?.eventId)
  })

  it("shows the secret only where it was revealed", () => {
    const finding = details(events())
    expect(findingPage(finding, view)).not.toContain("orchid")
    const secret = { ...finding.secret, printable: "orchid-seven" }
    expect(findingPage({ ...finding, secret }, view)).toContain("orchid-seven")
  })

  it("says which part of a list it shows, and how many attackers are not announced yet", () => {
    const crowd = Array.from({ length: 40 }, (_, n) =>
      captured({ decky: "d2", ip: `192.0.2.${n + 2}` }),
    )
    const finding = details([captured({ decky: "d1" }), ...crowd], { limit: 5, offset: 10 })
    const text = findingPage(finding, { ...view, attackerOffset: 10 })
    expect(text).toContain("attackers   41, 9 not yet announced")
    expect(text).toContain("attackers, 11-15 of 41")
  })

  it("shows a candidate as one, without a history", () => {
    const text = findingPage(details([captured({ principal: null })]), view)
    expect(text).toContain("state       candidate, not a finding")
    expect(text).toContain("principal   (none)")
    expect(text).toContain("targets     1 (1 decky, 1 service)")
    expect(text).toMatch(/history, none of 0$/)
  })

  it("fits into an ordinary terminal below its header", () => {
    const [, ...sections] = findingPage(details(events()), { ...view, width: 100 }).split("\n\n")
    for (const line of sections.join("\n").split("\n")) {
      expect(displayWidth(line)).toBeLessThanOrEqual(100)
    }
  })

  it("lets nothing that was captured act on the terminal", () => {
    const hostile = { principal: "\x1b[2J", password: "\x1b]0;me\x07 and more", service: "ssh\r\n" }
    const finding = details([
      captured({ ...hostile, decky: "d\u202e1" }),
      captured({ ...hostile, decky: "d2\x9b" }),
    ])
    const withBytes = {
      ...finding.secret,
      base64: Buffer.from(hostile.password).toString("base64"),
    }
    const text = findingPage({ ...finding, secret: withBytes }, view)
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(text).toContain("\\x1b]0;me\\x07 and more")
  })
})
