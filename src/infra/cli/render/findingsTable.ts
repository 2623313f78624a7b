import { ratingReason } from "../../../domain/finding/rank.ts"
import type { ShownFindings } from "../../app/showFindings.ts"
import { secretText, shortDigest } from "./secretText.ts"
import { type Column, type ListView, table } from "./table.ts"
import { jsonText, visible } from "./visible.ts"
import { countText, namesText, pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "FINDING" },
  { title: "SECRET", flexible: true },
  { title: "PRINCIPAL", flexible: true },
  { title: "TARGETS", align: "right" },
  { title: "ATTACKERS", align: "right" },
  { title: "ATTEMPTS", align: "right" },
  { title: "LAST SEEN (UTC)" },
  { title: "RANK", align: "right", dispensable: true },
  { title: "WHY", dispensable: true },
  { title: "DIGEST", dispensable: true },
  { title: "KIND", dispensable: true },
  { title: "SERVICES", flexible: true, dispensable: true },
  { title: "DECKIES", flexible: true, dispensable: true },
  { title: "FIRST SEEN (UTC)", dispensable: true },
  { title: "STATE", dispensable: true },
]

/** A page of findings, one line each, and which part of how many it is. */
export const findingsTable = (
  { total, findings, nearest }: ShownFindings,
  view: ListView,
): string => {
  if (total === 0) return nearest === undefined ? "no findings" : nearestText(nearest)
  const rows = findings.map((finding) => [
    finding.id.slice(0, 8),
    secretText(finding.secret),
    finding.principal,
    String(finding.targetCount),
    String(finding.attackerCount),
    String(finding.attemptCount),
    timeText(finding.lastSeen),
    String(finding.rank),
    finding.rating === null ? "-" : ratingReason[finding.rating.class],
    shortDigest(finding.secret.digest),
    finding.secret.kind,
    namesText(finding.services, finding.serviceCount),
    namesText(finding.deckies, finding.deckyCount),
    timeText(finding.firstSeen),
    finding.state,
  ])
  const page = pageText(view.offset, findings.length, total)
  return `${table(columns, rows, view.width)}\n\n${page}`
}

/** Explains why there are no findings, and what to try. */
const nearestText = ({
  candidateCount,
  finding,
}: NonNullable<ShownFindings["nearest"]>): string => {
  const { principal, attackerCount, deckies, deckyCount, services, serviceCount } = finding
  const where = `${namesText(deckies, deckyCount)} (${namesText(services, serviceCount)})`
  const whose = principal === "" ? "no user name" : visible(principal)
  return [
    "no findings: no matching credential was tried on enough targets (a decky and a service each)",
    `closest of ${countText(candidateCount, "candidate")}: ${secretText(finding.secret)} with ${whose}, tried by ${countText(attackerCount, "attacker")} on ${where}`,
    "list candidates with credtrail findings --min-targets 1 --sort attackers",
  ].join("\n")
}

/** The same as JSON. */
export const findingsJson = (list: ShownFindings): string => jsonText(list, 2)
