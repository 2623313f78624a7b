import { ratingReason } from "../../../domain/finding/rank.ts"
import type { Attention, Queue } from "../../../projections/queries/listQueue.ts"
import { secretText } from "./secretText.ts"
import { type Column, type ListView, table } from "./table.ts"
import { countText, namesText, pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "FINDING" },
  { title: "SECRET", flexible: true },
  { title: "PRINCIPAL", flexible: true },
  { title: "RANK", align: "right" },
  { title: "WHY" },
  { title: "ATTENTION", flexible: true },
  { title: "TARGETS", align: "right", dispensable: true },
  { title: "ATTACKERS", align: "right", dispensable: true },
  { title: "LAST SEEN (UTC)", dispensable: true },
  { title: "LABELS", flexible: true, dispensable: true },
]

/** A page of the queue, one line per finding, and how much is left out of it. */
export const queueTable = (queue: Queue, view: ListView): string => {
  const { total, findings, acknowledgedCount, mutedCount } = queue
  const left = `${acknowledgedCount} acknowledged, ${mutedCount} muted`
  if (total === 0) return `nothing needs a look (${left})`
  const rows = findings.map((finding) => [
    finding.id.slice(0, 8),
    secretText(finding.secret),
    finding.principal,
    String(finding.rank),
    finding.rating === null ? "-" : ratingReason[finding.rating.class],
    attentionText(finding.attention),
    String(finding.targetCount),
    String(finding.attackerCount),
    timeText(finding.lastSeen),
    finding.triage.labels.join(", "),
  ])
  const page = pageText(view.offset, findings.length, total)
  return `${table(columns, rows, view.width)}\n\n${page} (${left})`
}

const attentionText = (attention: Attention): string => {
  switch (attention.why) {
    case "new":
      return "new"
    case "changed": {
      const { addedTargetCount: targets, addedAttackerCount: attackers } = attention
      const added = [
        ...(targets > 0 ? [`+${countText(targets, "target")}`] : []),
        ...(attackers > 0 ? [`+${countText(attackers, "attacker")}`] : []),
      ]
      return added.length === 0 ? "changed" : added.join(", ")
    }
    case "spread":
      return [
        ...named("new decky", attention.deckies),
        ...named("new service", attention.services),
      ].join(", ")
    case "unmuted":
      return "mute is over"
  }
}

const named = (what: string, names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.length === 0 ? [] : [`${what} ${namesText(names, names.length)}`]
