import type { FindingsBetween } from "../../../projections/queries/findingsBetween.ts"
import type { Compared } from "../../app/showDiff.ts"
import { diffColumns, diffSections } from "./diffText.ts"
import type { ListView } from "./ListView.ts"
import { visible } from "./visible.ts"

/**
 * What became of findings, as Markdown for a report. The cells may be of any origin: what could
 * act on a terminal is escaped, and so is what Markdown or HTML would take for something else.
 */
export const diffMarkdown = (
  { from, to, by }: Compared,
  between: FindingsBetween,
  view: ListView,
): string =>
  [
    `# Findings from ${plain(from)} to ${plain(to)}`,
    `By ${by.replace("-", " ")}, all times in UTC. In brackets what was added in between.`,
    ...diffSections(between, view).map(({ title, rows }) =>
      rows.length === 0
        ? `## ${title}`
        : `## ${title}\n\n${[diffColumns, diffColumns.map(() => "---"), ...rows.map((row) => row.map(plain))].map(line).join("\n")}`,
    ),
  ].join("\n\n")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const plain = (text: string): string => visible(text).replace(/[\\`*_[\]<>|~#&!]/g, "\\$&")
