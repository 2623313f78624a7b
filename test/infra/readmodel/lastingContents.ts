import type { Contents } from "./readModelContents.ts"

/** What does not depend on when dead letters were folded, nor on what is announced by whom. */
export const lastingContents = ({
  dead_letters: _,
  checkpoints: __,
  outbox: ___,
  ...rest
}: Contents): Contents =>
  Object.fromEntries(
    Object.entries(rest)
      .filter(([table]) => !["folded", "blocks"].includes(table) && !table.startsWith("past_"))
      .map(([table, rows]) => [table, rows.map((row) => withoutWhen(table, row)).sort()]),
  )

const withoutWhen = (table: string, row: string): string => {
  const columns: ReadonlyArray<readonly [string, unknown]> = JSON.parse(row) // as `rowText` writes it
  const when = new Set(["since", "block", "identified_ordinal"])
  if (["finding_history", "finding_triage", "policies"].includes(table)) when.add("ordinal")
  return JSON.stringify(columns.filter(([column]) => !when.has(column)))
}
