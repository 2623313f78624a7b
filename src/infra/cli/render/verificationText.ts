import type { RowDifference, TableDiff } from "../../../projections/generationDiff/tableDiff.ts"
import type { Announced } from "../../readmodel/rebuild/checkAnnouncements.ts"
import type { Verified } from "../../readmodel/rebuild/verify.ts"
import { table } from "./table.ts"
import { jsonText, visibleLines } from "./visible.ts"

/** How two generations compare, table by table, and the rows in which they differ. */
export const tableDiffsText = (tables: ReadonlyArray<TableDiff>): string =>
  [
    table(
      [
        "TABLE",
        { title: "LIVE ROWS", align: "right" },
        { title: "REBUILT ROWS", align: "right" },
        "",
      ],
      tables.map((compared) => [
        compared.table,
        String(compared.live.rows),
        String(compared.rebuilt.rows),
        compared.differing === 0 ? "equal" : `${compared.differing} DIFFERENT`,
      ]),
    ),
    ...tables.flatMap(({ table: name, differences }) =>
      differences.map((difference) => visibleLines(differenceText(name, difference))),
    ),
  ].join("\n")

const differenceText = (name: string, { key, what, columns }: RowDifference): string => {
  const changed = Object.entries(columns).map(
    ([column, { live, rebuilt }]) => `${column} is ${jsonText(live)}, rebuilt ${jsonText(rebuilt)}`,
  )
  const said =
    what === "missing"
      ? "is not in the rebuilt ones"
      : what === "extra"
        ? "is in the rebuilt ones alone"
        : changed.join(", ")
  return `  ${name} ${jsonText(key)}: ${said}`
}

/** What a verification has found. */
export const verifiedText = ({ generation, position, tables, announced }: Verified): string =>
  [
    `generation ${generation}, at ${position || "the beginning"}`,
    "",
    tableDiffsText(tables),
    "",
    announcedText(announced),
  ].join("\n")

/** What was announced, held against what the history implies. */
const announcedText = ({ inLog, waiting, wrong, examples }: Announced): string =>
  [
    `announcements  ${inLog} in the log, ${waiting} waiting, ${wrong === 0 ? "as the history implies" : `${wrong} NOT as the history implies`}`,
    ...examples.map(({ what, type, stream, eventId }) =>
      visibleLines(`  ${what}: ${type} ${eventId} in ${stream}`),
    ),
  ].join("\n")
