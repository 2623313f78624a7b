import { ratingReason } from "../../../domain/finding/rank.ts"
import { bitStep, leastBits } from "../../../domain/secret/rating.ts"
import type { FindingAttacker, FindingDetails } from "../../../projections/queries/findingById.ts"
import type { FindingChange } from "../../../projections/queries/findingHistory.ts"
import { addedText } from "./addedText.ts"
import { uuidOrigin } from "./attackersTable.ts"
import { secretText } from "./secretText.ts"
import { table } from "./table.ts"
import { targetMatrix } from "./targetMatrix.ts"
import { triageLines } from "./triageText.ts"
import { jsonText, visible } from "./visible.ts"
import { countText, pageText, timeText } from "./wording.ts"

/** How a finding is to be shown; each list begins after its offset. */
export interface FindingView {
  readonly width?: number | undefined
  readonly targetOffset: number
  readonly attackerOffset: number
  readonly historyOffset: number
}

/** A finding on one page: what it is, where it was tried, by whom, and how it came about. */
export const findingPage = (finding: FindingDetails, view: FindingView): string => {
  const { targets, attackers, history, targetCount, attackerCount, historyCount } = finding
  const targetPage = pageText(view.targetOffset, targets.length, targetCount)
  const attackerPage = pageText(view.attackerOffset, attackers.length, attackerCount)
  const historyPage = pageText(view.historyOffset, history.length, historyCount)
  return [
    headerLines(finding),
    section(`targets (attempts), ${targetPage}`, targets.length, () =>
      targetMatrix(targets, view.width),
    ),
    section(`attackers, ${attackerPage}`, attackers.length, () =>
      attackerLines(attackers, view.width),
    ),
    section(`history, ${historyPage}`, history.length, () => historyLines(history, view.width)),
  ].join("\n\n")
}

/** The same as JSON. */
export const findingJson = (finding: FindingDetails): string => jsonText(finding, 2)

const section = (title: string, count: number, lines: () => string): string =>
  count === 0 ? title : `${title}\n\n${lines()}`

const headerLines = (finding: FindingDetails): string => {
  const { secret, state, version } = finding
  const unannounced = (count: number): string =>
    state === "open" && count > 0 ? `, ${count} not yet announced` : ""
  const deckies = countText(finding.deckyCount, "decky", "deckies")
  const services = countText(finding.serviceCount, "service")
  const lines: ReadonlyArray<readonly [name: string, value: string]> = [
    ["finding", finding.id],
    ["state", state === "candidate" ? "candidate, not a finding" : `${state}, version ${version}`],
    ["secret", secretText(secret)],
    ["kind", secret.kind],
    ["digest", secret.digest],
    ["principal", finding.principal === "" ? "(none)" : finding.principal],
    ["rank", rankText(finding)],
    [
      "targets",
      `${finding.targetCount} (${deckies}, ${services})${unannounced(finding.unannouncedTargets)}`,
    ],
    ["attackers", `${finding.attackerCount}${unannounced(finding.unannouncedAttackers)}`],
    ["attempts", String(finding.attemptCount)],
    ["first seen", `${timeText(finding.firstSeen)} UTC`],
    ["last seen", `${timeText(finding.lastSeen)} UTC`],
    ...triageLines(finding.triage),
  ]
  const width = 2 + Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${name.padEnd(width)}${visible(value)}`).join("\n")
}

const rankText = ({ rank, rating, firstSeen, ...counts }: FindingDetails): string =>
  [
    String(rank),
    ...(rating === null ? [] : [`${ratingReason[rating.class]}, ${bitsText(rating.bits)}`]),
    countText(counts.attackerCount, "attacker"),
    countText(counts.targetCount, "target"),
    `first seen ${firstSeen.slice(0, 10)}`,
  ].join("; ")

const bitsText = (bits: number): string =>
  bits === leastBits ? `under ${leastBits + bitStep} bits` : `${bits} bits`

const attackerLines = (attackers: ReadonlyArray<FindingAttacker>, width?: number): string =>
  table(
    [
      { title: "ATTACKER", flexible: true },
      { title: "ATTEMPTS", align: "right" },
      { title: "FIRST SEEN (UTC)" },
      { title: "LAST SEEN (UTC)" },
      { title: "UUID", dispensable: true },
      { title: "UUID FROM", dispensable: true },
    ],
    attackers.map((attacker) => [
      attacker.ip,
      String(attacker.attemptCount),
      timeText(attacker.firstSeen),
      timeText(attacker.lastSeen),
      attacker.uuid,
      uuidOrigin(attacker.identified),
    ]),
    width,
  )

const historyLines = (history: ReadonlyArray<FindingChange>, width?: number): string =>
  table(
    [
      { title: "VERSION", align: "right" },
      { title: "CHANGE" },
      { title: "AT (UTC)" },
      { title: "ADDED", flexible: true },
      { title: "TARGETS", align: "right" },
      { title: "ATTACKERS", align: "right" },
      { title: "ATTEMPTS", align: "right" },
      { title: "BECAUSE OF", flexible: true },
      { title: "EVENT", dispensable: true },
    ],
    history.map((change) => [
      String(change.version),
      change.change,
      timeText(change.eventTime),
      addedText(change),
      String(change.targetCount),
      String(change.attackerCount),
      String(change.attemptCount),
      change.source === null ? change.eventType : `${change.source.file}:${change.source.line}`,
      change.eventId,
    ]),
    width,
  )
