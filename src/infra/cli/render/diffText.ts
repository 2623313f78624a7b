import type {
  FindingBetween,
  FindingsBetween,
} from "../../../projections/queries/findingsBetween.ts"
import type { Compared } from "../../app/showDiff.ts"
import { addedText } from "./addedText.ts"
import type { ListView } from "./ListView.ts"
import { pageText } from "./pageText.ts"
import { secretText } from "./secretText.ts"
import { type Column, table } from "./table.ts"
import { timeText } from "./timeText.ts"
import { visible } from "./visible.ts"

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

/** What a diff has of each kind, as a table has it: `3 (+1)` is what there is and what was added. */
export const diffSections = (
  between: FindingsBetween,
  view: ListView,
): ReadonlyArray<{ readonly title: string; readonly rows: ReadonlyArray<ReadonlyArray<string>> }> =>
  (
    [
      ["opened", between.opened, between.openedCount],
      ["grown", between.grown, between.grownCount],
      ["unchanged", between.unchanged, between.unchangedCount],
    ] as const
  ).map(([kind, findings, count]) => ({
    title: `${kind}, ${pageText(view.offset, findings.length, count)}`,
    rows: findings.map((finding) => cells(finding, view.reveal)),
  }))

export const diffColumns: ReadonlyArray<string> = columns.map(({ title }) => title)

/** What became of findings, for people: a table of each kind. */
export const diffText = (compared: Compared, between: FindingsBetween, view: ListView): string => {
  const { from, to, by } = compared
  return [
    visible(`from ${from} to ${to}, by ${by.replace("-", " ")}`),
    ...diffSections(between, view).map(({ title, rows }) =>
      rows.length === 0 ? title : `${title}\n\n${table(columns, rows, view.width)}`,
    ),
  ].join("\n\n")
}

const cells = (finding: FindingBetween, reveal: boolean): ReadonlyArray<string> => [
  finding.id.slice(0, 8),
  secretText(finding.secret, reveal),
  finding.principal,
  withAdded(finding.targetCount, finding.addedTargetCount),
  withAdded(finding.attackerCount, finding.addedAttackerCount),
  withAdded(finding.attemptCount, finding.addedAttemptCount),
  addedText(finding),
  timeText(finding.lastSeen),
]

const withAdded = (count: number, added: number): string =>
  added === 0 ? String(count) : `${count} (+${added})`
