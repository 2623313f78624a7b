import type {
  FindingBetween,
  FindingsBetween,
} from "../../../projections/queries/findingsBetween.ts"
import type { FindingsDiff } from "../../app/showDiff.ts"
import { addedText } from "./addedText.ts"
import { secretText } from "./secretText.ts"
import { type Column, type ListView, table } from "./table.ts"
import { jsonText, visible } from "./visible.ts"
import { pageText, timeText } from "./wording.ts"

const columns: ReadonlyArray<Column> = [
  { title: "FINDING" },
  { title: "SECRET", flexible: true },
  { title: "PRINCIPAL", flexible: true },
  { title: "TARGETS", align: "right" },
  { title: "ATTACKERS", align: "right" },
  { title: "ATTEMPTS", align: "right" },
  { title: "ADDED", flexible: true },
  { title: "LAST SEEN (UTC)", dispensable: true },
]

/** The rows of each kind: `3 (+1)` is what there is and what was added. */
const sections = (
  between: FindingsBetween,
  view: ListView,
): ReadonlyArray<{ readonly title: string; readonly rows: ReadonlyArray<ReadonlyArray<string>> }> =>
  (
    [
      ["opened", between.opened, between.openedCount],
      ["grown", between.grown, between.grownCount],
      ["closed", between.closed, between.closedCount],
      ["unchanged", between.unchanged, between.unchangedCount],
    ] as const
  ).map(([kind, findings, count]) => ({
    title: `${kind}, ${pageText(view.offset, findings.length, count)}`,
    rows: findings.map((finding) => cells(finding)),
  }))

/** What became of findings, for people: a table of each kind. */
export const diffText = (diff: FindingsDiff, view: ListView): string => {
  const { from, to, by } = diff
  return [
    visible(`from ${from} to ${to}, by ${by.replace("-", " ")}`),
    ...sections(diff, view).map(({ title, rows }) =>
      rows.length === 0 ? title : `${title}\n\n${table(columns, rows, view.width)}`,
    ),
  ].join("\n\n")
}

/**
 * The same as Markdown for a report. The cells may be of any origin: what could act on a terminal
 * is escaped, and so is what Markdown or HTML would take for something else.
 */
export const diffMarkdown = (diff: FindingsDiff, view: ListView): string => {
  const { from, to, by } = diff
  const titles = columns.map(({ title }) => title)
  return [
    `# Findings from ${plain(from)} to ${plain(to)}`,
    `By ${by.replace("-", " ")}, all times in UTC. Additions in parentheses.`,
    ...sections(diff, view).map(({ title, rows }) =>
      rows.length === 0
        ? `## ${title}`
        : `## ${title}\n\n${[titles, titles.map(() => "---"), ...rows.map((row) => row.map(plain))].map(line).join("\n")}`,
    ),
  ].join("\n\n")
}

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const plain = (text: string): string => visible(text).replace(/[\\`*_[\]<>|~#&!]/g, "\\$&")

/** The same as JSON. */
export const diffJson = (diff: FindingsDiff): string => jsonText(diff, 2)

const cells = (finding: FindingBetween): ReadonlyArray<string> => [
  finding.id.slice(0, 8),
  secretText(finding.secret),
  finding.principal,
  withAdded(finding.targetCount, finding.addedTargetCount),
  withAdded(finding.attackerCount, finding.addedAttackerCount),
  withAdded(finding.attemptCount, finding.addedAttemptCount),
  addedText(finding),
  timeText(finding.lastSeen),
]

const withAdded = (count: number, added: number): string =>
  added === 0 ? String(count) : `${count} (+${added})`
