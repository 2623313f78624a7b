import type { History, HistoryEntry } from "../../app/showHistory.ts"
import { addedText } from "./addedText.ts"
import { closingText } from "./closingText.ts"
import { visible } from "./visible.ts"
import { pageText, timeText } from "./wording.ts"

/** The history of a finding for people: a paragraph per change. */
export const historyText = (history: History, view: { readonly offset: number }): string =>
  [
    `finding ${history.findingId}, changes ${pageText(view.offset, history.changes.length, history.total)}`,
    ...history.changes.map(paragraph),
  ].join("\n\n")

const paragraph = (change: HistoryEntry): string =>
  [
    `version ${change.version}, ${change.change}`,
    ...[
      change.reason === null
        ? ["added", addedText(change)]
        : ["reason", closingText(change.reason)],
      ["targets", beforeAndAfter(change, "targetCount")],
      ["attackers", beforeAndAfter(change, "attackerCount")],
      ["attempts", beforeAndAfter(change, "attemptCount")],
      ["because of", causeText(change)],
      [
        "happened",
        `${timeText(change.eventTime)} UTC, recorded ${timeText(change.recordedAt)} UTC`,
      ],
      ["event", `${change.eventId} at ${change.position}`],
      ["policy", policyText(change)],
      ["announced", announcedText(change)],
    ].map(([name = "", value = ""]) => `  ${name.padEnd(12)}${visible(value)}`),
  ].join("\n")

const beforeAndAfter = (
  change: HistoryEntry,
  count: "targetCount" | "attackerCount" | "attemptCount",
): string =>
  change.before === null
    ? String(change[count])
    : `${change.before[count]} before, ${change[count]} after`

const causeText = ({ source, eventType }: HistoryEntry): string =>
  source === null ? eventType : `${eventType}, ${source.file}:${source.line}`

const policyText = ({ policyInForce: { policy, position } }: HistoryEntry): string =>
  `min-targets ${policy.minTargets}, ${position === null ? "the default" : `since ${position}`}`

const announcedText = ({ announced }: HistoryEntry): string =>
  announced === null
    ? "not yet"
    : `${timeText(announced.recordedAt)} UTC, as ${announced.eventId} at ${announced.position}`
